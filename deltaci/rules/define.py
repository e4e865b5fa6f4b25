"""Make, change and remove rules. Changes of a rule's status are audited as such."""

from typing import Any

from pydantic import ValidationError

from deltaci.core import Core
from deltaci.errors import InvalidRequestError, InvalidStateError, NotFoundError
from deltaci.ids import new_uid
from deltaci.rules.show import rule_view
from deltaci.store import audit
from deltaci.store import rules as store
from deltaci.store.database import Transaction
from deltaci.store.tables import DeploymentRule
from deltaci.wire.rules import ChangeRule, CreateRule, RuleType, RuleView, parse_config

TAKEN = "another rule has this name"
CHANGED_MEANWHILE = "it was changed meanwhile; read it again, and change what it is now"


async def add_rule(core: Core, actor: str, request: CreateRule) -> RuleView:
    """Make a rule; it counts at once. Raises InvalidRequestError, InvalidStateError."""
    now = core.clock()
    row = DeploymentRule(
        id=new_uid(),
        name=request.name,
        type=request.type,
        status=request.status,
        description=request.description,
        products=request.products,
        environments=request.environments,
        config=checked_config(request.type, request.config),
        revision=1,
        created_by=actor,
        created_at=now,
        updated_by=actor,
        updated_at=now,
    )
    async with core.database.write() as tx:
        if not await store.claim_rule(tx, row):
            raise InvalidStateError(TAKEN)
        _audit(tx, row, audit.Action.RULE_ADDED, type=row.type, status=row.status)
    return rule_view(row)


async def change_rule(core: Core, actor: str, rule_id: str, request: ChangeRule) -> RuleView:
    """Change a rule; what is given already changes nothing, not even the revision.

    Raises NotFoundError, InvalidRequestError, and InvalidStateError for a name that is taken or
    another revision.
    """
    async with core.database.write() as tx:
        row = await store.get_rule(tx, rule_id, hold=True)
        if row is None:
            raise NotFoundError
        if request.revision not in {None, row.revision}:
            raise InvalidStateError(CHANGED_MEANWHILE)
        changes = _changes(row, request)
        if "name" in changes and await store.rule_named(tx, changes["name"]):
            raise InvalidStateError(TAKEN)
        if changes:
            _apply(tx, row, changes, request.reason, actor=actor, core=core)
    return rule_view(row)


async def remove_rule(core: Core, actor: str, rule_id: str) -> None:
    """Remove a rule; the log of its violations stays. Raises NotFoundError."""
    async with core.database.write() as tx:
        row = await store.get_rule(tx, rule_id, hold=True)
        if row is None:
            raise NotFoundError
        await tx.delete(row)
        row.updated_by, row.updated_at = actor, core.clock()
        _audit(tx, row, audit.Action.RULE_REMOVED, type=row.type, status=row.status)


def checked_config(kind: RuleType, config: dict[str, Any]) -> dict[str, Any]:
    """Return what a rule of this type is configured with. Raises InvalidRequestError."""
    try:
        return parse_config(kind, config).model_dump(mode="json", exclude_none=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise InvalidRequestError(first["msg"], loc=["body", "config", *first["loc"]]) from error


def _changes(row: DeploymentRule, request: ChangeRule) -> dict[str, Any]:
    asked = request.model_dump(exclude={"revision", "reason"}, exclude_none=True)
    if request.config is not None:
        asked["config"] = checked_config(RuleType(row.type), request.config)
    return {name: value for name, value in asked.items() if getattr(row, name) != value}


def _apply(
    tx: Transaction,
    row: DeploymentRule,
    changes: dict[str, Any],
    reason: str,
    *,
    actor: str,
    core: Core,
) -> None:
    was = row.status
    for name, value in changes.items():
        setattr(row, name, value)
    row.revision += 1
    row.updated_by, row.updated_at = actor, core.clock()
    if "status" in changes:
        _audit(
            tx,
            row,
            audit.Action.RULE_STATUS_CHANGED,
            old_value=was,
            new_value=row.status,
            reason=reason,
        )
    if changed := sorted(changes.keys() - {"status"}):
        told: dict[str, Any] = {"changed": changed, "revision": row.revision, "reason": reason}
        _audit(tx, row, audit.Action.RULE_CHANGED, **told)


def _audit(tx: Transaction, row: DeploymentRule, action: audit.Action, **details: Any) -> None:
    audit.record(
        tx,
        actor=row.updated_by,
        action=action,
        subject_kind="deployment_rule",
        subject_id=row.id,
        at=row.updated_at,
        name=row.name,
        **details,
    )

"""Read rules, and the log of what did not hold."""

from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.store import rules as store
from deltaci.store.tables import DeploymentRule, RuleViolation
from deltaci.wire.rules import (
    RuleList,
    RuleStatus,
    RuleType,
    RuleView,
    ViolationPage,
    ViolationView,
)


async def list_rules(core: Core) -> RuleList:
    """Read all rules by name."""
    async with core.database.read() as tx:
        rows = await store.all_rules(tx)
    return RuleList(items=[rule_view(row) for row in rows])


async def read_rule(core: Core, rule_id: str) -> RuleView:
    """Read a rule. Raises NotFoundError."""
    async with core.database.read() as tx:
        row = await store.get_rule(tx, rule_id)
    if row is None:
        raise NotFoundError
    return rule_view(row)


async def list_violations(
    core: Core, wanted: store.ViolationFilter, *, limit: int, cursor: str
) -> ViolationPage:
    """Read one page of the log, newest first."""
    async with core.database.read() as tx:
        rows, following = await store.list_violations(tx, wanted, limit=limit, cursor=cursor)
    return ViolationPage(items=[_violation_view(row) for row in rows], next_cursor=following)


def rule_view(row: DeploymentRule) -> RuleView:
    """Show a rule."""
    return RuleView(
        id=row.id,
        name=row.name,
        type=RuleType(row.type),
        status=RuleStatus(row.status),
        description=row.description,
        products=row.products,
        environments=row.environments,
        config=row.config,
        revision=row.revision,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_by=row.updated_by,
        updated_at=row.updated_at,
    )


def _violation_view(row: RuleViolation) -> ViolationView:
    return ViolationView(
        id=str(row.id),
        attempt_id=row.attempt_id,
        rule_id=row.rule_id,
        rule_name=row.rule_name,
        rule_type=RuleType(row.rule_type),
        code=row.code,
        blocked=row.blocked,
        product_name=row.product,
        version=row.version,
        environment_name=row.environment,
        message=row.message,
        details=row.details,
        actor=row.actor,
        at=row.at,
    )

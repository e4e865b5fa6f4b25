"""Gather the rules that apply to an attempt and the facts that they look at, and no others."""

from collections.abc import Sequence

from deltaci.rules.evaluate import applies
from deltaci.rules.facts import Ended, Facts, RequestFacts, SignOff, SlotFacts, UnderWay
from deltaci.rules.model import Attempt, Rule
from deltaci.store import rules as store
from deltaci.store.approvals import approvals_of
from deltaci.store.catalog import find_version
from deltaci.store.database import Transaction
from deltaci.store.requests import gating_requests, parts_of
from deltaci.store.tables import Approval, DeploymentRule, RequestSlot
from deltaci.wire.approvals import ApprovalType, ApprovalVerdict, SubjectKind
from deltaci.wire.rules import (
    ConcurrencyConfig,
    CountedPer,
    FlowConfig,
    RuleStatus,
    RuleType,
    VersionApprovalConfig,
    parse_config,
)


async def rules_for(tx: Transaction, attempt: Attempt) -> list[Rule]:
    """Read the rules that apply to an attempt."""
    rules = [rule_of(row) for row in await store.rules_that_count(tx)]
    return [rule for rule in rules if applies(rule, attempt)]


def rule_of(row: DeploymentRule) -> Rule:
    """Read a rule's row."""
    kind = RuleType(row.type)
    return Rule(
        id=row.id,
        name=row.name,
        type=kind,
        status=RuleStatus(row.status),
        config=parse_config(kind, row.config),
        products=frozenset(row.products),
        environments=frozenset(row.environments),
    )


async def facts_for(
    tx: Transaction, attempt: Attempt, rules: Sequence[Rule], *, hold: bool
) -> Facts:
    """Read the facts; `hold` has other attempts under the same limits wait for this transaction."""
    limits = [rule for rule in rules if isinstance(rule.config, ConcurrencyConfig)]
    if hold:
        await store.hold_rules(tx, [rule.id for rule in limits if rule.id])
    ended, sign_offs, author = await _of_version(tx, attempt, rules)
    return Facts(
        ended=ended,
        under_way=await _under_way(tx, attempt, limits),
        sign_offs=sign_offs,
        version_author=author,
        requests=await _requests(tx, attempt),
    )


async def _of_version(
    tx: Transaction, attempt: Attempt, rules: Sequence[Rule]
) -> tuple[dict[str, Ended], list[SignOff], str]:
    environments = {
        name
        for rule in rules
        if isinstance(rule.config, FlowConfig)
        for name in rule.config.prerequisites
    }
    signed = any(isinstance(rule.config, VersionApprovalConfig) for rule in rules)
    if not environments and not signed:
        return {}, [], ""
    version = await find_version(tx, attempt.product, attempt.version)
    if version is None:
        return {}, [], ""
    rows = await store.last_ended(tx, version.id, environments) if environments else {}
    ended = {
        name: Ended(row.id, row.state, row.deployed_at or row.updated_at)
        for name, row in rows.items()
    }
    given = await approvals_of(tx, SubjectKind.VERSION, [version.id]) if signed else []
    return ended, [sign_off_of(row) for row in given], version.created_by


async def _under_way(tx: Transaction, attempt: Attempt, limits: Sequence[Rule]) -> list[UnderWay]:
    if not limits:
        return []
    of_all = any(
        isinstance(rule.config, ConcurrencyConfig) and rule.config.per is CountedPer.ENVIRONMENT
        for rule in limits
    )
    rows = await store.under_way(tx, attempt.environment, None if of_all else attempt.product)
    return [
        UnderWay(
            row.id,
            row.product,
            row.environment,
            row.invoke_id or "",
            row.started_at or row.created_at,
        )
        for row in rows
        if row.id != attempt.id
    ]


async def _requests(tx: Transaction, attempt: Attempt) -> list[RequestFacts]:
    rows = await gating_requests(tx, attempt.product)
    if not rows:
        return []
    parts = await parts_of(tx, [row.id for row in rows])
    given = await approvals_of(tx, SubjectKind.REQUEST_SLOT, [slot.id for slot in parts.slots])
    versions = {
        item.request_id: item.version for item in parts.items if item.product == attempt.product
    }
    return [
        RequestFacts(
            id=row.id,
            name=row.name,
            state=row.state,
            version=versions[row.id],
            environments=frozenset(row.environments),
            created_by=row.created_by,
            activated_at=row.activated_at or row.updated_at,
            slots=[slot_facts(slot, given) for slot in parts.slots if slot.request_id == row.id],
            undone_pre_steps=[
                step.title
                for step in parts.steps
                if step.request_id == row.id and step.phase == "pre" and step.done_at is None
            ],
        )
        for row in rows
    ]


def slot_facts(slot: RequestSlot, given: Sequence[Approval]) -> SlotFacts:
    """Pick what was said in a slot."""
    said = [sign_off_of(each) for each in given if each.subject_id == slot.id]
    return SlotFacts(ApprovalType(slot.approval_type), slot.required, said)


def sign_off_of(row: Approval) -> SignOff:
    """Read a sign-off's row."""
    return SignOff(
        ApprovalType(row.approval_type),
        ApprovalVerdict(row.verdict),
        row.actor,
        row.at,
        row.environment,
    )

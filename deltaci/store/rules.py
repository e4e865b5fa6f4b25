"""Rules that gate deployments, what they look at, and the log of what did not hold."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select

from deltaci.errors import InvalidRequestError
from deltaci.states import DEPLOYMENT_OPEN, DeploymentState
from deltaci.store.database import Transaction, is_serialised
from deltaci.store.insertion import insert_absent
from deltaci.store.pagination import decode_cursor, encode_cursor
from deltaci.store.requests import GATING
from deltaci.store.tables import (
    Deployment,
    DeploymentRequest,
    DeploymentRule,
    Product,
    RequestItem,
    RuleViolation,
)
from deltaci.store.tables.base import table_of
from deltaci.wire.rules import RuleStatus

UNDER_WAY = DEPLOYMENT_OPEN - {DeploymentState.PENDING}
"""A deployment that waits is in nobody's way."""
CURSOR_DIGITS_MAX = 18


async def anything_gates(tx: Transaction, product: str) -> bool:
    """Whether any rule counts, or any request names the product: one cheap statement."""
    rule = exists().where(DeploymentRule.status != RuleStatus.DISABLED)
    request = exists().where(
        RequestItem.product == product,
        DeploymentRequest.id == RequestItem.request_id,
        DeploymentRequest.state.in_(GATING),
    )
    return bool(await tx.scalar(select(rule | request)))


async def gated_among(tx: Transaction, products: Collection[str]) -> set[str]:
    """Return those of these products that anything gates; one statement for all of them."""
    rule = exists().where(DeploymentRule.status != RuleStatus.DISABLED)
    request = exists().where(
        RequestItem.product == Product.id,
        DeploymentRequest.id == RequestItem.request_id,
        DeploymentRequest.state.in_(GATING),
    )
    statement = select(Product.id).where(Product.id.in_(products), rule | request)
    return set(await tx.scalars(statement)) if products else set()


async def rules_that_count(tx: Transaction) -> Sequence[DeploymentRule]:
    """Read all rules that are not disabled, by name."""
    statement = select(DeploymentRule).where(DeploymentRule.status != RuleStatus.DISABLED)
    return (await tx.scalars(statement.order_by(DeploymentRule.name))).all()


async def hold_rules(tx: Transaction, ids: Collection[str]) -> None:
    """Have other attempts under these rules wait until this transaction ends."""
    if ids and not is_serialised(tx):
        wanted = DeploymentRule.id.in_(ids)
        held = select(DeploymentRule.id).where(wanted).order_by(DeploymentRule.id)
        await tx.execute(held.with_for_update(key_share=True))


async def all_rules(tx: Transaction) -> Sequence[DeploymentRule]:
    """Read all rules by name."""
    return (await tx.scalars(select(DeploymentRule).order_by(DeploymentRule.name))).all()


async def get_rule(tx: Transaction, rule_id: str, *, hold: bool = False) -> DeploymentRule | None:
    """Read a rule, and keep others from changing it until this transaction ends."""
    return await tx.get(
        DeploymentRule, rule_id, populate_existing=True, with_for_update=hold or None
    )


async def claim_rule(tx: Transaction, rule: DeploymentRule) -> bool:
    """Add a rule; False when another one has its name."""
    columns = {each.key: getattr(rule, each.key) for each in table_of(DeploymentRule).columns}
    return await insert_absent(tx, DeploymentRule, **columns)


async def rule_named(tx: Transaction, name: str) -> DeploymentRule | None:
    """Read a rule by its name."""
    return await tx.scalar(select(DeploymentRule).where(DeploymentRule.name == name))


async def last_ended(
    tx: Transaction, version_id: str, environments: Collection[str]
) -> Mapping[str, Deployment]:
    """Read a version's latest deployment to each of these environments that has ended."""
    ended_at = func.coalesce(Deployment.deployed_at, Deployment.updated_at)
    place = func.row_number().over(
        partition_by=Deployment.environment, order_by=(ended_at.desc(), Deployment.id.desc())
    )
    ranked = (
        select(Deployment.id, place.label("place"))
        .where(
            Deployment.version_id == version_id,
            Deployment.environment.in_(environments),
            Deployment.state.not_in(DEPLOYMENT_OPEN),
        )
        .subquery()
    )
    statement = select(Deployment).join(ranked, Deployment.id == ranked.c.id)
    rows = await tx.scalars(statement.where(ranked.c.place == 1))
    return {row.environment: row for row in rows}


async def under_way(tx: Transaction, environment: str, product: str | None) -> Sequence[Deployment]:
    """Read what is being deployed to an environment, of one product or of all, oldest first."""
    statement = select(Deployment).where(
        Deployment.environment == environment, Deployment.state.in_(UNDER_WAY)
    )
    if product is not None:
        statement = statement.where(Deployment.product == product)
    return (await tx.scalars(statement.order_by(Deployment.created_at, Deployment.id))).all()


@dataclass(frozen=True, slots=True)
class ViolationFilter:
    """Which violations to list; None means any."""

    rule_id: str | None = None
    product: str | None = None
    environment: str | None = None
    blocked: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Violations of this moment are not among them."""


async def list_violations(
    tx: Transaction, wanted: ViolationFilter, *, limit: int, cursor: str = ""
) -> tuple[Sequence[RuleViolation], str | None]:
    """Return one page, newest first, and the cursor of the next page if there is one."""
    row = RuleViolation
    statement = select(row).order_by(row.id.desc()).limit(limit + 1)
    for column, value in (
        (row.rule_id, wanted.rule_id),
        (row.product, wanted.product),
        (row.environment, wanted.environment),
        (row.blocked, wanted.blocked),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if wanted.since:
        statement = statement.where(row.at >= wanted.since)
    if wanted.until:
        statement = statement.where(row.at < wanted.until)
    if cursor:
        statement = statement.where(row.id < _serial(cursor))
    rows = (await tx.scalars(statement)).all()
    page = rows[:limit]
    return page, encode_cursor(str(page[-1].id)) if len(rows) > limit else None


def _serial(cursor: str) -> int:
    (text,) = decode_cursor(cursor, 1)
    if not (text.isascii() and text.isdecimal() and len(text) <= CURSOR_DIGITS_MAX):
        raise InvalidRequestError("the cursor is not one of ours")
    return int(text)

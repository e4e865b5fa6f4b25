"""Gather everything that the gates look at, in one transaction."""

from dataclasses import dataclass, replace
from datetime import timedelta

from deltaci.core import Core
from deltaci.deployments.ask_rules import closed_at, what_rules_say
from deltaci.deployments.asker import owners_of
from deltaci.deployments.question import (
    Approvals,
    Facts,
    Group,
    Origin,
    Place,
    Question,
    Quota,
    Recipe,
    Traffic,
)
from deltaci.deployments.usage import DEPLOYS, ROLLBACKS, day_of, usage_key
from deltaci.governance.mutations import mutations_in
from deltaci.identity.roles import Role
from deltaci.states import DeploymentState
from deltaci.store.database import Transaction
from deltaci.store.deployment_history import newest_end_of_version, replaced_at
from deltaci.store.deployment_locks import holder_of, pin_of
from deltaci.store.deployment_records import approvals_of
from deltaci.store.deployments import Ours, count_under_way, pending_of
from deltaci.store.placements import Placement, environments_in_order, find_placement
from deltaci.store.registry import find_registration
from deltaci.store.tables import DeployRecipe, Registration
from deltaci.store.usage import uses_in
from deltaci.wire.deployments import DeploymentKind
from deltaci.wire.guardrails import QUEUE
from deltaci.wire.recipes import RecipeStatus

TURN = "CONCURRENCY_LIMIT_REACHED"


@dataclass(frozen=True, slots=True)
class Gathered:
    """The facts, and the rows that a deployment is made from."""

    facts: Facts
    placement: Placement
    recipe: DeployRecipe | None
    """The one that it would be deployed by."""
    registration: Registration | None


async def gather(
    tx: Transaction,
    core: Core,
    question: Question,
    ours: Ours | None = None,
    *,
    dry_run: bool = False,
) -> Gathered:
    """Read what counts for a question now; `ours` is the deployment that it has led to already.

    A dry run holds nothing: nothing may be decided by it.
    """
    placement = await find_placement(tx, question.service, question.environment)
    registration = await find_registration(tx, question.service, question.version)
    recipe = placement.recipe
    if question.kind is DeploymentKind.ROLLBACK and question.recipe_id:
        recipe = await tx.get(DeployRecipe, question.recipe_id)
    product, now, own_id = placement.product, core.clock(), ours.row.id if ours else ""
    facts = Facts(
        now=now,
        changes_switched_off=(await mutations_in(tx)).mutations_disabled,
        is_service=product is not None and product.is_service,
        compatible_recipes=_compatible(placement),
        group=await _group(tx, placement),
        target=_place(question.environment, placement),
        recipe=_recipe(recipe),
        routed_recipe_id=placement.route.recipe_id if placement.route else None,
        registered=registration is not None,
        jumps_allowed=core.settings.deploy.promotion_jumps,
        rules=await what_rules_say(tx, core, question, own_id, dry_run=dry_run),
        closed=closed_at(placement.guardrails.freeze_windows, now),
    )
    if placement.group is not None:
        facts = await _in_group(tx, question, facts, placement, ours)
    if question.kind is DeploymentKind.PROMOTE:
        facts = await _of_promotion(tx, question, facts)
    return Gathered(facts, placement, recipe, registration)


async def _in_group(
    tx: Transaction, question: Question, facts: Facts, placement: Placement, ours: Ours | None
) -> Facts:
    pinned = await pin_of(tx, question.service, question.environment)
    return replace(
        facts,
        traffic=await _traffic(tx, question, placement, ours),
        quota=None if ours else await _quota(tx, question, placement, facts),
        approvals=await _approvals(tx, placement, ours),
        pinned_by=pinned.deployment_id if pinned else None,
    )


async def _group(tx: Transaction, placement: Placement) -> Group | None:
    row = placement.group
    if row is None:
        return None
    stages = [stage.environment.id for stage in await environments_in_order(tx, row)]
    return Group(row.id, owners_of(row.owner), frozenset(row.allowed_recipes), stages)


def _place(name: str, placement: Placement) -> Place:
    binding = placement.binding
    environment = placement.environment
    return Place(
        name=name,
        lifecycle=environment.lifecycle_state if environment else None,
        allowed=binding is not None or placement.is_allowed,
        enabled=binding is None or binding.is_enabled,
    )


def _recipe(row: DeployRecipe | None) -> Recipe | None:
    return None if row is None else Recipe(row.id, row.status == RecipeStatus.DEPRECATED)


def _compatible(placement: Placement) -> frozenset[str] | None:
    product = placement.product
    if product is None or product.compatible_recipes is None:
        return None
    return frozenset(product.compatible_recipes)


async def _traffic(
    tx: Transaction, question: Question, placement: Placement, ours: Ours | None
) -> Traffic:
    assert placement.group is not None  # noqa: S101 - asked of groups only
    own_id, group_id = ours.row.id if ours else "", placement.group.id
    holder = await holder_of(tx, question.service, question.environment)
    before = 0
    for row, intent in await pending_of(tx, group_id, question.environment):
        if row.id == own_id:
            break
        before += (intent.waits_for or {}).get("codes") == [TURN]
    return Traffic(
        active=await count_under_way(tx, group_id, question.environment, but=own_id),
        most=placement.guardrails.max_concurrent_deployments,
        holder=None if holder == own_id else holder,
        queued_before=before,
        queues=placement.guardrails.on_lock == QUEUE,
    )


async def _quota(tx: Transaction, question: Question, placement: Placement, facts: Facts) -> Quota:
    assert placement.group is not None  # noqa: S101 - asked of groups only
    guardrails = placement.guardrails
    restores = question.kind is DeploymentKind.ROLLBACK
    day = day_of(facts.now)
    who = usage_key(placement.group.id, question.environment)
    return Quota(
        limit=guardrails.daily_rollback_quota if restores else guardrails.daily_deploy_quota,
        used=await uses_in(tx, ROLLBACKS if restores else DEPLOYS, who, day),
        ends_at=day + timedelta(days=1),
    )


async def _approvals(tx: Transaction, placement: Placement, ours: Ours | None) -> Approvals:
    guardrails = placement.guardrails
    roles = tuple(guardrails.approver_roles)
    if ours is None or guardrails.required_approvals < 1:
        return Approvals(required=guardrails.required_approvals, roles=roles)
    counting = {*roles, Role.ADMIN}
    votes = [vote for vote in await approvals_of(tx, ours.row.id) if vote.approver_role in counting]
    rejected = (vote.actor for vote in votes if vote.verdict == "rejected")
    return Approvals(
        required=guardrails.required_approvals,
        given=len({vote.actor for vote in votes if vote.verdict == "approved"}),
        rejected_by=next(rejected, None),
        roles=roles,
    )


async def _of_promotion(tx: Transaction, question: Question, facts: Facts) -> Facts:
    source = question.source_environment or ""
    placement = await find_placement(tx, question.service, source)
    newest = await newest_end_of_version(tx, question.service, source, question.version)
    origin = Origin()
    if newest is not None and newest.state is DeploymentState.SUCCEEDED:
        target = await find_placement(tx, question.service, question.environment)
        origin = Origin(
            runs_since=newest.deployed_at,
            ran_until=await replaced_at(tx, newest),
            soak_seconds=target.guardrails.soak_seconds,
        )
    return replace(facts, source=_place(source, placement), origin=origin)

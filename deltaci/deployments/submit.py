"""Submit a deployment, of whatever kind: the one way in for all that is carried out.

The order is that of the contract (spec §3.3), but that an equal call is answered first: repeating
costs nothing and is held up by nothing, not even by the switch that refuses changes. What a call
writes is one transaction, its use of the quota included, so whoever is refused has used nothing up.
"""

from dataclasses import dataclass, replace
from typing import Any

from deltaci.builds.record import Call
from deltaci.core import Core
from deltaci.deployments.ask_rules import attempt_of
from deltaci.deployments.asker import asker_of, identity_of, may_override
from deltaci.deployments.gates import Verdict, judge
from deltaci.deployments.gather import Gathered, gather
from deltaci.deployments.note_refusal import note_refusal
from deltaci.deployments.question import Question
from deltaci.deployments.record import Wanted, record_deployment
from deltaci.deployments.refusals import (
    KeyReusedError,
    QuotaUsedUpError,
    RefusedError,
    UnapprovedError,
)
from deltaci.deployments.usage import DEPLOYS, ROLLBACKS, usage_key, use_quota
from deltaci.deployments.view import view_of
from deltaci.errors import IdempotencyConflictError, KeyRequiredError
from deltaci.governance.limits import count_change
from deltaci.governance.mutations import require_mutations_enabled
from deltaci.ids import workflow_id
from deltaci.rules.check import note_violations
from deltaci.store.database import Transaction
from deltaci.store.deployments import Ours, find_deployment, hold_group
from deltaci.store.idempotency import Keyed, store_answer, stored_answer
from deltaci.store.placements import group_of
from deltaci.wire.deployment_views import DeploymentView
from deltaci.wire.deployments import DeploymentKind


@dataclass(frozen=True, slots=True)
class Submission:
    """What is to be done, in which words it was asked for, and on which terms."""

    question: Question
    request: Any
    """What makes a request equal to another, beside its kind."""
    change_summary: str = ""
    rollback_of: str | None = None
    waits: bool = True
    override_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """The deployment, and whether an earlier call made it."""

    deployment: DeploymentView
    replayed: bool


class _OvertakenError(Exception):
    """Another call with the same key was faster, and its answer is this one's, too."""


async def earlier_submission(core: Core, call: Call, keyed: Keyed | None) -> Submitted | None:
    """Return what an equal earlier call was answered, or None. Raises KeyReusedError."""
    if keyed is None:
        return None
    async with core.database.read() as tx:
        ours = await _earlier(tx, keyed)
    return Submitted(view_of(ours, asker_of(call.caller)), replayed=True) if ours else None


def keyed_of(call: Call, kind: DeploymentKind, request: Any) -> Keyed | None:
    """Key a call; None without a key. A key means one deployment of a caller, of any kind."""
    if not call.key or call.key.isspace():
        return None
    return Keyed.of(f"deployments:{call.caller.id}", call.key, {"kind": kind, "asked": request})


async def submit(core: Core, call: Call, submission: Submission) -> Submitted:
    """Create a deployment, or answer what an equal call was answered.

    Raises KeyReusedError, MutationsDisabledError, KeyRequiredError, LimitedError, and RefusedError
    for the first gate that refuses.
    """
    keyed = keyed_of(call, submission.question.kind, submission.request)
    if earlier := await earlier_submission(core, call, keyed):
        return earlier
    await require_mutations_enabled(core)
    if keyed is None:
        raise KeyRequiredError
    await count_change(core, call.caller.id)
    while True:
        try:
            ours, replayed = await _attempt(core, call, submission, keyed)
        except _OvertakenError:
            continue
        except RefusedError as refusal:
            await note_refusal(core, call, submission.question, refusal)
            raise
        return Submitted(view_of(ours, submission.question.asker), replayed)


async def _earlier(tx: Transaction, keyed: Keyed) -> Ours | None:
    try:
        answer = await stored_answer(tx, keyed)
    except IdempotencyConflictError as error:
        raise KeyReusedError from error
    return await find_deployment(tx, answer["deployment_id"]) if answer else None


async def _attempt(
    core: Core, call: Call, submission: Submission, keyed: Keyed
) -> tuple[Ours, bool]:
    question = submission.question
    async with core.database.write() as tx:
        if group := await group_of(tx, question.service):
            await hold_group(tx, group.id)
        if earlier := await _earlier(tx, keyed):  # an equal call may have held the group before
            return earlier, True
        gathered = await gather(tx, core, question)
        verdict = _judge(submission, gathered)
        verdict.raise_first(verdict.final if submission.waits else _not_now(verdict))
        await _use_quota(tx, question, gathered)
        wanted = _wanted(call, submission, verdict)
        ours = await record_deployment(tx, core, wanted, gathered, verdict)
        attempt = attempt_of(question, ours.row.id, core.clock())
        note_violations(tx, attempt, gathered.facts.rules, blocked=False)
        if not await store_answer(tx, keyed, {"deployment_id": ours.row.id}, core.clock()):
            raise _OvertakenError
    return ours, False


def _judge(submission: Submission, gathered: Gathered) -> Verdict:
    """Ask the gates; with a reason, once more without what the caller may override."""
    question = submission.question
    verdict = judge(question, gathered.facts)
    if not submission.override_reason:
        return verdict
    codes = {
        refusal.code
        for refusal in verdict.refusals
        if refusal.override_roles and may_override(question.asker, refusal.override_roles)
    }
    return judge(replace(question, overrides=frozenset(codes)), gathered.facts)


def _not_now(verdict: Verdict) -> list[RefusedError]:
    """Everything that stands against it now, but for approvals that only it itself can be given."""
    return [refusal for refusal in verdict.refusals if not isinstance(refusal, UnapprovedError)]


async def _use_quota(tx: Transaction, question: Question, gathered: Gathered) -> None:
    quota, group = gathered.facts.quota, gathered.facts.group
    assert quota is not None  # noqa: S101 - every group has one
    assert group is not None  # noqa: S101 - the gates have refused without
    what = ROLLBACKS if question.kind is DeploymentKind.ROLLBACK else DEPLOYS
    if not await use_quota(tx, what, usage_key(group.id, question.environment), quota):
        raise QuotaUsedUpError(
            retry_after=quota.ends_at,
            retry_after_seconds=int((quota.ends_at - gathered.facts.now).total_seconds()) + 1,
        )


def _wanted(call: Call, submission: Submission, verdict: Verdict) -> Wanted:
    question = submission.question
    overrides = None
    if verdict.overridden:
        overrides = {
            "codes": sorted({refusal.code for refusal in verdict.overridden}),
            "by": call.caller.id,
            "reason": submission.override_reason,
        }
    key = call.key or ""
    return Wanted(
        kind=question.kind,
        service=question.service,
        version=question.version,
        environment=question.environment,
        source_environment=question.source_environment,
        actor=call.caller.id,
        identity=identity_of(call.caller),
        workflow_id=workflow_id("deployment", call.caller.id, key),
        correlation_id=key,
        change_summary=submission.change_summary,
        rollback_of=submission.rollback_of,
        overrides=overrides,
        request_id=call.request_id,
    )

"""What a proof does not prove, in sentences: nobody has to look for what is missing."""

from collections.abc import Iterator, Sequence

from deltaci.states import JobState, RunState
from deltaci.wire.approvals import ApprovalVerdict
from deltaci.wire.proof import ProvenApproval, ProvenBuildRun, ProvenPolicy, ProvenRegistration


def gaps_of(
    registration: ProvenRegistration | None,
    run: ProvenBuildRun | None,
    policy: ProvenPolicy,
    approvals: Sequence[ProvenApproval],
    asked_by: str,
) -> list[str]:
    """Return the gaps between a deployment and the change; empty if the way is whole."""
    return [
        *_of_registration(registration, run),
        *_of_run(registration, run),
        *_of_policy(policy, approvals, asked_by),
    ]


def _of_registration(
    registration: ProvenRegistration | None, run: ProvenBuildRun | None
) -> Iterator[str]:
    if registration is None:
        yield "the version has no build registration"
        return
    if registration.sha256 is None:
        yield "the artifact's digest is not known"
    elif not registration.artifact_verified:
        yield "nobody looked at the artifact: its digest is the publisher's word"
    if run is None:
        yield (
            f"the build was registered by {registration.ci_publisher} for run "
            f"{registration.ci_run_id} of {registration.ci_provider}: what that run did is not "
            "known here"
        )


def _of_run(registration: ProvenRegistration | None, run: ProvenBuildRun | None) -> Iterator[str]:
    if run is None:
        return
    if registration is not None and registration.git_sha != run.commit_sha:
        yield "the build's commit is not the commit of its run"
    if run.state is not RunState.SUCCEEDED:
        yield f"the run that made the build is {run.state}"
    if run.plan is None:
        yield "the run has no plan"
    for job in run.jobs:
        if job.required and job.state is not JobState.SUCCEEDED:
            yield f"the required job {job.name} is {job.state}"


def _of_policy(
    policy: ProvenPolicy, approvals: Sequence[ProvenApproval], asked_by: str
) -> Iterator[str]:
    if not any(decision.verdict.get("admitted") for decision in policy.decisions):
        yield "no decision that admitted it is on record"
    overridden = [
        str(refusal.get("code"))
        for decision in policy.decisions
        if decision.kind == "override"
        for refusal in decision.verdict.get("overridden", [])
    ]
    if overridden:
        yield f"guardrails were overridden: {', '.join(overridden)}"
    wanted = policy.snapshot.get("required_approvals", 0)
    others = {
        approval.actor
        for approval in approvals
        if approval.verdict == ApprovalVerdict.APPROVED and approval.actor != asked_by
    }
    if isinstance(wanted, int) and len(others) < wanted:
        yield f"{len(others)} of {wanted} required approvals of others are on record"

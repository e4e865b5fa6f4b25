"""Register the build that a green run of ours made: the run is its publisher.

It passes the gates of a caller's registration, but for those that ask who calls and how often. A
refusal is on record, shown with the run, and changes nothing about the run's outcome.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from deltaci.builds.inspect import Findings, Inspector
from deltaci.builds.order import Order, Settled, replayed, settle
from deltaci.builds.provenance import ARTIFACT, RUN, proven_artifact, proven_run
from deltaci.builds.record import Call, Origin
from deltaci.builds.register import keyed
from deltaci.core import Core
from deltaci.errors import (
    DeltaError,
    InvalidArtifactError,
    InvalidRequestError,
    InvalidStateError,
    InvalidVersionError,
    UnavailableError,
)
from deltaci.governance.mutations import require_enabled_in
from deltaci.governance.rules import OURS
from deltaci.identity.principal import OUR_ISSUER, Principal
from deltaci.identity.roles import Role
from deltaci.ids import workflow_id
from deltaci.planner.model import PlannedBuild
from deltaci.reports.story import Story, read_story
from deltaci.reports.verdicts import still_missing
from deltaci.states import JobState, RunState
from deltaci.store import audit
from deltaci.store.database import Transaction
from deltaci.store.reports import promise_report
from deltaci.store.run_builds import find_run_build, note_run_build
from deltaci.store.tables import Artifact, Run, RunPlan
from deltaci.store.uploads import stored_file
from deltaci.wire.builds import RegisterBuild

CALLER = Principal(OURS, OUR_ISSUER, frozenset({Role.CI_PUBLISHER}))
KEPT = f"{OURS}://artifacts"
"""Where artifacts are that only our own store has."""
SUBJECT_MAX_LENGTH = 200


@dataclass(frozen=True, slots=True)
class _Green:
    """A green run with the build that it is to register, read at one moment."""

    story: Story
    plan: RunPlan
    build: PlannedBuild
    artifact: Artifact | None


async def register_run(core: Core, inspector: Inspector | None, run_id: str) -> None:
    """Register the run's build, or put on record why not; once, however often it is called.

    Raises UnavailableError when the artifact cannot be looked at for now.
    """
    async with core.database.read() as tx:
        if await find_run_build(tx, run_id) is not None:
            return
        green = await _read(tx, core, run_id)
    if green is None:
        return
    call = Call(CALLER, workflow_id("run", run_id, green.build.service, green.build.version))
    try:
        settled = await _settled(core, inspector, _order(green, call))
    except UnavailableError:
        raise
    except DeltaError as error:
        await _note_refusal(core, green, call, error)
        return
    async with core.database.write() as tx:
        if await note_run_build(tx, run_id, core.clock(), build_id=settled.row.id):
            await promise_report(tx, green.story.run, core.clock())


async def _read(tx: Transaction, core: Core, run_id: str) -> _Green | None:
    story = await read_story(tx, core, run_id)
    plan = story.plan
    if plan is None or plan.build is None or story.run.state is not RunState.SUCCEEDED:
        return None
    build = PlannedBuild(**plan.build)
    return _Green(story, plan, build, await _artifact(tx, story, build))


async def _artifact(tx: Transaction, story: Story, build: PlannedBuild) -> Artifact | None:
    """Find the stored file; of a job whose result was taken over, the one that it left then."""
    jobs = {each.job.name: each.job for each in story.jobs} | dict(story.earlier)
    job = jobs.get(build.job)
    if job is None or job.state is not JobState.SUCCEEDED:
        return None
    return await stored_file(tx, job.reused_from or job.id, build.path)


async def _settled(core: Core, inspector: Inspector | None, order: Order) -> Settled:
    """Register, unless an earlier delivery of this effect did so and died before it said so."""
    async with core.database.read() as tx:
        if earlier := await replayed(tx, order):
            return earlier
        await require_enabled_in(tx)
    return await settle(core, inspector, order)


def _order(green: _Green, call: Call) -> Order:
    if green.story.run.base_given:
        raise InvalidStateError("its caller chose where the change begins; that proves no commit")
    if missing := still_missing(green.story):
        raise InvalidStateError(f"required, and not successful: {missing[0].name}")
    if green.build.problem:
        raise InvalidVersionError(green.build.problem)
    if green.build.job and green.artifact is None:
        raise InvalidArtifactError(f"{green.build.job} stored no {green.build.path}")
    request = _request(green)
    return Order(call, OURS, keyed(call, OURS, request), request, _origin(green))


def _request(green: _Green) -> RegisterBuild:
    run, build, artifact = green.story.run, green.build, green.artifact
    said: dict[str, Any] = {
        "service": build.service,
        "version": build.version,
        "artifactRef": build.artifact_ref or f"{KEPT}/{build.service}/{build.version}/{build.path}",
        "git_sha": run.commit_sha,
        "git_branch": run.ref.removeprefix("refs/heads/"),
        "ci_provider": OURS,
        "ci_run_id": run.id,
        "built_at": _built_at(run).isoformat(),
        "repo": run.repo_id,
        "actor": run.created_by,
    }
    if artifact is not None:
        said |= {"sha256": artifact.sha256, "sizeBytes": artifact.size_bytes}
    try:
        return RegisterBuild.model_validate(said)
    except ValidationError as error:
        named = sorted({str(fault["loc"][0]) for fault in error.errors()})
        raise InvalidRequestError(f"cannot be registered: {', '.join(named)}") from error


def _origin(green: _Green) -> Origin:
    build, artifact = green.build, green.artifact
    told: dict[str, Any] = {RUN: proven_run(green.story, green.plan).model_dump(mode="json")}
    kept = None
    if artifact is not None:
        told[ARTIFACT] = proven_artifact(artifact, build.job).model_dump(mode="json")
        if not build.artifact_ref:
            kept = Findings("verified", artifact.sha256, artifact.size_bytes, None)
    return Origin(green.story.run.id, told, kept)


def _built_at(run: Run) -> datetime:
    return run.finished_at or run.updated_at


async def _note_refusal(core: Core, green: _Green, call: Call, error: DeltaError) -> None:
    run, build, now = green.story.run, green.build, core.clock()
    refused = {"refusal_code": error.code, "refusal": error.message}
    async with core.database.write() as tx:
        if not await note_run_build(tx, run.id, now, **refused):
            return
        audit.record(
            tx,
            actor=call.caller.id,
            action=audit.Action.BUILD_DENIED,
            subject_kind="build",
            subject_id=f"{build.service}/{build.version}"[:SUBJECT_MAX_LENGTH],
            at=now,
            run_id=run.id,
            code=error.code,
            **call.told(build.service, build.version),
        )
        await promise_report(tx, run, now)

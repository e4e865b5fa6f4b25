"""Create a run for a ref on request."""

from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.ids import new_run_id, workflow_id
from deltaci.repositories.forge import hearing_forge
from deltaci.runs.ports import CommitSource
from deltaci.runs.record import NewRun, RunKind, record_run
from deltaci.store.idempotency import Keyed, store_answer, stored_answer
from deltaci.store.repositories import find_repository
from deltaci.wire.runs import CreateRun, RunAccepted


async def create_run(
    core: Core, commits: CommitSource, actor: str, request: CreateRun, key: str | None
) -> tuple[RunAccepted, bool]:
    """Record a run and promise its workflow; returns it, and whether it is new.

    `ref` is resolved now, so later pushes do not change what this run is for. With a key, an equal
    request of the same actor gets the first one's answer. Raises NotFoundError for an unknown
    repository, InvalidRequestError for an unknown ref, IdempotencyConflictError for a key that was
    used for something else.
    """
    run_id = new_run_id()
    keyed = Keyed.of(
        f"runs.create:{actor}", key or run_id, request.model_dump(mode="json", exclude_none=True)
    )
    async with core.database.read() as tx:
        if key and (earlier := await stored_answer(tx, keyed)):
            return RunAccepted.model_validate(earlier), False
        repository = await find_repository(tx, request.repo_id)
        forge = await hearing_forge(tx, core, request.repo_id)
    if repository is None:
        raise NotFoundError(f"no repository {request.repo_id!r}")
    commit_sha = await commits(repository.id, repository.url).resolve(request.ref)
    accepted = None
    async with core.database.write() as tx:
        new = NewRun(
            repo_id=repository.id,
            ref=request.ref,
            commit_sha=commit_sha,
            base_sha=request.base_sha,
            base_given=request.base_sha is not None,
            kind=RunKind.MANUAL,
            reason=request.reason,
            fork=False,
            actor=actor,
            workflow_id=workflow_id("run", actor, key or run_id),
            forge=forge,
        )
        accepted = RunAccepted(run_id=run_id, state="CREATED")
        if await store_answer(tx, keyed, accepted.model_dump(mode="json"), core.clock()):
            await record_run(tx, core, new, run_id)
            return accepted, True
        earlier = await stored_answer(tx, keyed)
    return RunAccepted.model_validate(earlier), False

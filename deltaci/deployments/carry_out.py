"""Have an engine carry a deployment out: start, ask, stop. Each step may be repeated."""

from dataclasses import dataclass

from deltaci.core import Core
from deltaci.engines.port import (
    Engine,
    EngineOrder,
    EngineRefusedError,
    Engines,
    EngineState,
    Execution,
    Failure,
    FailureCategory,
    Progress,
)
from deltaci.errors import NotFoundError
from deltaci.states import DEPLOYMENT_OPEN
from deltaci.store.deployment_history import current_of
from deltaci.store.deployments import Ours, find_deployment, note_on_intent, note_once
from deltaci.store.registry import find_registration
from deltaci.store.tables import DeployRecipe
from deltaci.wire.deployment_orders import EngineStanding, Trouble
from deltaci.wire.recipes import RecipeSpec

TIMEOUT_SECONDS = RecipeSpec().timeout_seconds
"""What counts where a recipe says nothing."""


@dataclass(frozen=True, slots=True)
class _Work:
    ours: Ours
    order: EngineOrder

    @property
    def execution(self) -> Execution | None:
        """What the engine called its work, once it has said so."""
        intent = self.ours.intent
        if intent.engine_execution_id is None:
            return None
        return Execution(intent.engine_execution_id, intent.engine_execution_url)

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be begun any more."""
        is_open = self.ours.row.state in DEPLOYMENT_OPEN
        return not is_open or self.ours.intent.cancel_requested_by is not None


async def start_engine(core: Core, engines: Engines, deployment_id: str) -> EngineStanding:
    """Have the engine begin, once; raises EngineUnavailableError."""
    work = await _work(core, deployment_id)
    engine = engines.get(work.ours.intent.engine_type)
    if engine is None:
        return failed(_unknown_engine(core, work.ours))
    if work.execution is not None:
        return EngineStanding(state=EngineState.RUNNING)
    if work.is_over:
        return EngineStanding(state=EngineState.CANCELED)
    try:
        execution = await engine.start(work.order)
    except EngineRefusedError as refusal:
        return failed(refusal.failure)
    async with core.database.write() as tx:
        await note_once(tx, deployment_id, "engine_execution_id", execution.id[:255])
        if execution.url:
            await note_on_intent(tx, deployment_id, engine_execution_url=execution.url[:500])
    return EngineStanding(state=EngineState.RUNNING)


async def ask_engine(core: Core, engines: Engines, deployment_id: str) -> EngineStanding:
    """Say how far the engine is; its own word counts. Raises EngineUnavailableError."""
    work = await _work(core, deployment_id)
    if report := work.ours.intent.engine_report:
        return EngineStanding.model_validate(report)
    engine, execution = engines.get(work.ours.intent.engine_type), work.execution
    if engine is None:
        return failed(_unknown_engine(core, work.ours))
    if execution is None:
        return EngineStanding(state=EngineState.CANCELED)  # it was never begun
    return standing_of(await engine.poll(work.order, execution))


async def stop_engine(core: Core, engines: Engines, deployment_id: str) -> EngineStanding:
    """Ask the engine to stop, and say how far it is then. Raises EngineUnavailableError."""
    work = await _work(core, deployment_id)
    engine: Engine | None = engines.get(work.ours.intent.engine_type)
    if engine is not None and work.execution is not None and not work.ours.intent.engine_report:
        await engine.cancel(work.order, work.execution)
    return await ask_engine(core, engines, deployment_id)


def standing_of(progress: Progress) -> EngineStanding:
    """Write what an engine says down for the workflow."""
    trouble = trouble_of(progress.failure) if progress.failure else None
    return EngineStanding(state=progress.state, trouble=trouble)


def trouble_of(failure: Failure) -> Trouble:
    """Write a failure down for the workflow."""
    return Trouble(
        category=failure.category,
        summary=failure.summary,
        detail=failure.detail,
        action_hint=failure.action_hint,
    )


async def _work(core: Core, deployment_id: str) -> _Work:
    async with core.database.read() as tx:
        ours = await find_deployment(tx, deployment_id)
        if ours is None:
            raise NotFoundError(f"no deployment {deployment_id!r}")
        row, intent = ours.row, ours.intent
        registration = await find_registration(tx, row.product, row.version)
        recipe = await tx.get(DeployRecipe, intent.recipe_id)
        # As of its beginning: an order that is sent again must be the same order.
        current = await current_of(tx, row.product, row.environment, but=row.id, at=row.started_at)
    assert registration is not None  # noqa: S101 - registrations are never deleted
    sealed = recipe.sealed_secret if recipe else None
    public_url = core.settings.public_url.rstrip("/")
    order = EngineOrder(
        key=intent.engine_key,
        deployment_id=row.id,
        kind=intent.kind,
        service=row.product,
        version=row.version,
        environment=row.environment,
        artifact_ref=registration.artifact_ref,
        sha256=registration.sha256,
        git_sha=registration.git_sha,
        previous_version=current.version if current else None,
        spec=intent.recipe.get("engine", {}),
        secret=core.seal.open(sealed) if sealed else "",
        callback_url=f"{public_url}/v1/deployments/{row.id}/callback" if public_url else "",
        timeout_seconds=intent.recipe.get("timeout_seconds", TIMEOUT_SECONDS),
    )
    return _Work(ours, order)


async def order_for(core: Core, deployment_id: str) -> EngineOrder:
    """Return what an engine is told about a deployment. Raises NotFoundError."""
    return (await _work(core, deployment_id)).order


def failed(failure: Failure) -> EngineStanding:
    """Say that nothing more will come of it."""
    return EngineStanding(state=EngineState.FAILED, trouble=trouble_of(failure))


def _unknown_engine(core: Core, ours: Ours) -> Failure:
    return Failure(
        FailureCategory.CONFIG,
        f"no engine of type {ours.intent.engine_type!r} serves here",
        core.clock(),
        action_hint="An admin has to correct the recipe.",
    )

"""Group commit: events that arrive while a transaction is under way share the next one."""

import asyncio
import json
from collections.abc import Sequence

from deltaci.core import Core
from deltaci.errors import DeltaError, InvalidRequestError, UnavailableError
from deltaci.states import IllegalTransitionError
from deltaci.store.idempotency import Keyed
from deltaci.tracking.record import OvertakenError, record_reports
from deltaci.tracking.report import Accepted, Answer, Report
from deltaci.tracking.told import size_of
from deltaci.wire.tracked_events import BuildEvent, DeploymentEvent

BATCH_MAX = 64
WAITING_MAX = 2048
"""More than these are refused at once with 503; tools send them again."""
GATHER_SECONDS = 0.002
"""How long the first of a batch waits for others: a transaction costs more than that, whatever is
in it."""
TRIES = 3

_Waiting = tuple[Report, "asyncio.Future[Answer]"]


class Desk:
    """Records the events of one process. An event is answered after the commit that keeps it."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._waiting: list[_Waiting] = []
        self._clerk: asyncio.Task[None] | None = None

    async def report(
        self, event: BuildEvent | DeploymentEvent, caller: str, key: str | None = None
    ) -> Accepted:
        """Record an event with what follows from it.

        Raises InvalidRequestError, InvalidStateError for a version of another commit, BlockedError,
        IdempotencyConflictError and UnavailableError.
        """
        limit = self._core.settings.tracking.metadata_max_bytes
        if event.extra_metadata and size_of(event.extra_metadata) > limit:
            raise InvalidRequestError(
                f"ensure this value has at most {limit} bytes", loc=["body", "extra_metadata"]
            )
        answer = await self._record(Report(event, caller, _keyed(event, caller, key)))
        if isinstance(answer, DeltaError):
            raise answer
        return answer

    async def _record(self, report: Report) -> Answer:
        if len(self._waiting) >= WAITING_MAX:
            raise UnavailableError("too many events are waiting; send it again")
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((report, answer))
        if self._clerk is None or self._clerk.done():
            self._clerk = asyncio.create_task(self._work(), name="event-desk")
        return await answer

    async def _work(self) -> None:
        while self._waiting:
            if len(self._waiting) < BATCH_MAX:
                await asyncio.sleep(GATHER_SECONDS)
            batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
            try:
                await self._keep(batch)
            except UnavailableError as error:
                _fail(batch, error)
            except Exception as error:  # noqa: BLE001 - the callers are told, one by one
                await self._keep_one_by_one(batch, error)

    async def _keep_one_by_one(self, batch: list[_Waiting], error: Exception) -> None:
        """One bad event must not take the others with it."""
        if len(batch) == 1:
            _fail(batch, error)
            return
        for number, each in enumerate(batch):
            try:
                await self._keep([each])
            except UnavailableError as away:
                _fail(batch[number:], away)
                return
            except Exception as alone:  # noqa: BLE001 - its caller is told
                _fail([each], alone)

    async def _keep(self, batch: list[_Waiting]) -> None:
        answers = await self._recorded([report for report, _ in batch])
        for (_, waiting), answer in zip(batch, answers, strict=True):
            if not waiting.done():
                waiting.set_result(answer)

    async def _recorded(self, reports: Sequence[Report]) -> Sequence[Answer]:
        """Try again while other processes are faster: each time something was recorded."""
        for _ in range(TRIES):
            try:
                async with self._core.database.write() as tx:
                    return await record_reports(tx, self._core, reports)
            except (OvertakenError, IllegalTransitionError):
                continue
        raise UnavailableError("others were faster; send it again")


def _keyed(event: BuildEvent | DeploymentEvent, caller: str, key: str | None) -> Keyed | None:
    if key is None:
        return None
    kind = "builds" if isinstance(event, BuildEvent) else "deployments"
    request = event.as_sent()
    if event.extra_metadata:  # may hold numbers that canonical JSON has no form for
        request["extra_metadata"] = json.dumps(event.extra_metadata, sort_keys=True)
    return Keyed.of(f"events.{kind}:{caller}", key, request)


def _fail(batch: list[_Waiting], error: Exception) -> None:
    for _, waiting in batch:
        if not waiting.done():
            waiting.set_exception(error)

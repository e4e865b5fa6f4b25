"""In a storm of deliveries answers come first; starting the runs is left to the sweeps."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from deltaci.core import Core
from deltaci.store.outbox import EffectKind
from deltaci.store.tables import Effect
from deltaci.testing.forge_webhook import pushed
from deltaci.testing.row_reader import RowReader
from deltaci.webhooks.desk import STORM_PER_SECOND, Desk


@pytest.mark.parametrize(("deliveries", "announced"), [(5, 5), (STORM_PER_SECOND + 1, 0)])
async def test_only_a_few_are_started_at_once(
    core: Core, rows: RowReader, receipt: Any, deliveries: int, announced: int
) -> None:
    told: list[Effect] = []

    def listen(effects: Sequence[Effect]) -> None:
        told.extend(effects)

    core.database.on_effects = listen
    desk = Desk(core)

    await asyncio.gather(*(desk.keep(receipt(pushed())) for _ in range(deliveries)))

    promised = await rows.all(Effect, Effect.kind == EffectKind.START_RUN)
    assert (len(told), len(promised)) == (announced, deliveries)

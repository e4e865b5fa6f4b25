"""Of two senders of one run only the later one goes on, and nothing that it says is lost."""

from typing import Any

import pytest

from deltaci.reports.pieces import Piece
from deltaci.reports.sender import Sender
from deltaci.store.outbox import EffectKind
from deltaci.store.reports import take_turn
from deltaci.store.tables import Effect, PublishedCheck
from deltaci.testing.factories import Factory
from deltaci.vcs.port import ForgeUnavailableError


async def _promised(factory: Factory) -> int:
    return len(await factory.rows.all(Effect, Effect.kind == EffectKind.REPORT_RUN))


async def test_a_sender_that_was_overtaken_during_a_call_has_it_shown_again(
    reporter: Any, factory: Factory
) -> None:
    run_id = await reporter.run()
    publish = reporter.forge.publish

    async def overtaken(*args: Any) -> str:
        reporter.forge.publish = publish
        with pytest.raises(ForgeUnavailableError):
            await reporter.tell(run_id)
        return str(await publish(*args))

    reporter.forge.publish = overtaken
    promised = await _promised(factory)
    standing = await reporter.tell(run_id)
    rows = await reporter.published(run_id)

    assert not standing.finished
    assert reporter.forge.calls == 1, "the job's check is left to the other"
    assert (rows["run"].external_id, rows["run"].fingerprint) == ("1", "")
    assert await _promised(factory) == promised + 1
    await reporter.tell(run_id)
    assert len(reporter.forge.checks) == 2


async def test_a_sender_that_was_overtaken_between_calls_stops(
    reporter: Any, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = await reporter.run()
    begin = Sender._begin

    async def late(sender: Sender, piece: Piece, row: PublishedCheck | None) -> bool:
        if piece.key == "job:build":
            async with factory.core.database.write() as tx:
                await take_turn(tx, run_id, factory.clock())
        return await begin(sender, piece, row)

    monkeypatch.setattr(Sender, "_begin", late)
    standing = await reporter.tell(run_id)

    assert not standing.finished
    assert reporter.forge.calls == 1


async def test_a_failure_out_of_turn_is_nobodys_business(reporter: Any, factory: Factory) -> None:
    """What the other sender notes must stay."""
    run_id = await reporter.run()

    async def overtaken(*_args: Any) -> str:
        async with factory.core.database.write() as tx:
            await take_turn(tx, run_id, factory.clock())
        raise ForgeUnavailableError("away")

    reporter.forge.publish = overtaken
    standing = await reporter.tell(run_id)

    assert not standing.finished
    assert (await reporter.published(run_id))["run"].last_error == ""

import json
import os
import stat
from itertools import count
from pathlib import Path

import pytest

from deltaci.tracker.flushing import Flushed, flush
from deltaci.tracker.outcomes import Outcome, Verdict
from deltaci.tracker.posting import Delivery
from deltaci.tracker.spool import (
    BYTES_MAX,
    ENTRIES_MAX,
    ENTRY_BYTES_MAX,
    BusyError,
    CorruptEntryError,
    Spool,
    SpoolError,
)


def event(number: int) -> Delivery:
    return Delivery("/build-events/", json.dumps({"n": number, "ä": "ß"}), f"key-{number}")


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


class Answers:
    """Sends by writing down what was sent; answers by key, or else records."""

    def __init__(self, **answers: Outcome) -> None:
        self.answers = answers
        self.sent: list[Delivery] = []
        self.told: list[str] = []

    def send(self, delivery: Delivery) -> Outcome:
        self.sent.append(delivery)
        recorded = Outcome(Verdict.RECORDED, "", 200, {"id": "e"})
        return self.answers.get(delivery.idempotency_key.replace("-", "_"), recorded)

    def flush(self, spool: Spool) -> Flushed:
        with spool.flushing():
            return flush(
                spool, self.send, lambda file, why: self.told.append(f"{file.name}: {why}")
            )


def refused(status: int, verdict: Verdict = Verdict.REFUSED) -> Outcome:
    return Outcome(verdict, "no", status)


def test_a_kept_event_is_private_and_comes_back_byte_by_byte(spool: Spool) -> None:
    path = spool.keep(event(1), 1)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(spool.folder.stat().st_mode) == 0o700
    assert spool.read(path) == event(1)


def test_events_come_in_the_order_in_which_they_were_kept(spool: Spool) -> None:
    for nanoseconds in (30, 4, 100):
        spool.keep(event(nanoseconds), nanoseconds)
    answers = Answers()

    assert answers.flush(spool) == Flushed(sent=3)

    assert [each.idempotency_key for each in answers.sent] == ["key-4", "key-30", "key-100"]
    assert spool.entries() == []


def test_a_server_that_is_away_stops_the_flush_and_everything_stays(spool: Spool) -> None:
    for number in (1, 2, 3):
        spool.keep(event(number), number)
    answers = Answers(key_2=Outcome(Verdict.UNAVAILABLE, "away"))

    flushed = answers.flush(spool)

    assert flushed == Flushed(sent=1, left=2, worst=Verdict.UNAVAILABLE)
    assert [spool.read(each) for each in spool.entries()] == [event(2), event(3)]
    assert Answers().flush(spool) == Flushed(sent=2)


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_a_wrong_key_or_address_costs_no_event(spool: Spool, status: int) -> None:
    spool.keep(event(1), 1)
    flushed = Answers(key_1=refused(status)).flush(spool)
    assert flushed == Flushed(left=1, worst=Verdict.REFUSED)
    assert len(spool.entries()) == 1


def test_an_event_that_is_refused_for_its_own_sake_is_set_aside(spool: Spool) -> None:
    for number in (1, 2, 3):
        spool.keep(event(number), number)
    answers = Answers(key_1=refused(428, Verdict.BLOCKED), key_2=refused(422))

    flushed = answers.flush(spool)

    assert flushed == Flushed(sent=1, aside=2, worst=Verdict.BLOCKED)
    assert spool.entries() == []
    assert len(list(spool.folder.glob("*.json.refused"))) == 2
    assert len(answers.told) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"path": "/build-events/"}',
        b'{"path": "/../admin", "content": "{}", "idempotency_key": "k"}',
        b'{"path": "/build-events/", "content": {}, "idempotency_key": "k"}',
        b'{"path": "/build-events/", "content": "{}", "idempotency_key": "k\\nX: y"}',
        b'{"path": "/build-events/", "content": "\\ud800", "idempotency_key": "k"}',
        b"[" * 100_000,
    ],
    ids=range(10),
)
def test_a_damaged_file_is_set_aside_and_stops_nothing(spool: Spool, content: bytes) -> None:
    spool.keep(event(2), 2)
    (spool.folder / "00000000000000000001-1.json").write_bytes(content)
    answers = Answers()

    assert answers.flush(spool) == Flushed(sent=1, aside=1)

    assert [each.idempotency_key for each in answers.sent] == ["key-2"]
    assert [each.name for each in spool.folder.glob("*.corrupt")] == [
        "00000000000000000001-1.json.corrupt"
    ]


def test_neither_a_link_nor_a_pipe_diverts_or_blocks_a_flush(spool: Spool, tmp_path: Path) -> None:
    spool.folder.mkdir()
    (tmp_path / "secret").write_text("x")
    (spool.folder / "1.json").symlink_to(tmp_path / "secret")
    os.mkfifo(spool.folder / "2.json")
    for name in ("1.json", "2.json"):
        with pytest.raises(CorruptEntryError):
            spool.read(spool.folder / name)


def test_two_flushes_at_once_are_one_after_the_other(spool: Spool) -> None:
    spool.keep(event(1), 1)
    with spool.flushing(), pytest.raises(BusyError), Spool(spool.folder).flushing():
        pass
    with Spool(spool.folder).flushing():
        pass


def test_a_spool_holds_a_bounded_number_of_files(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = count(1)
    monkeypatch.setattr("deltaci.tracker.spool.os.fsync", lambda _: None)
    for _ in range(ENTRIES_MAX):
        spool.keep(event(0), next(numbers))
    with pytest.raises(SpoolError, match="full"):
        spool.keep(event(0), next(numbers))
    assert len(spool.entries()) == ENTRIES_MAX


def test_a_spool_holds_a_bounded_number_of_bytes(spool: Spool) -> None:
    spool.folder.mkdir()
    with (spool.folder / "1.json.refused").open("wb") as file:
        file.truncate(BYTES_MAX)
    with pytest.raises(SpoolError, match="full"):
        spool.keep(event(1), 1)
    with pytest.raises(SpoolError, match="full"):
        Spool(spool.folder / "empty").keep(
            Delivery("/build-events/", "x" * ENTRY_BYTES_MAX, "k"), 1
        )


def test_a_spool_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SpoolError, match="cannot keep"):
        Spool(tmp_path / "file").keep(event(1), 1)


def test_a_spool_that_is_not_there_is_empty(spool: Spool) -> None:
    assert spool.entries() == []

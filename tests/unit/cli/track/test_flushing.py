import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from deltaci.testing.commands import Ran
from deltaci.testing.scripted_api import ScriptedApi
from deltaci.tracker.spool import Spool

Track = Callable[..., Awaitable[Ran]]
BUILD = "POST /build-events/"
EVENT = {"id": "e-1", "version_id": "v-1", "status": "completed"}
DOWN = {"VERSIONER_API_URL": "http://127.0.0.1:9"}


@pytest.fixture
def folder(work: Path) -> Path:
    return work / "spool"


def build(version: int) -> tuple[str, ...]:
    return ("build", "--product", "api", "--version", str(version), "--spool", "spool")


async def test_what_could_not_be_sent_is_flushed_later_in_order_and_with_its_key(
    api: ScriptedApi, track: Track, folder: Path
) -> None:
    api.answer(BUILD, EVENT)
    lost = [await track(*build(version), **DOWN) for version in (1, 2)]
    assert [ran.code for ran in lost] == [1, 1]
    assert "It is kept" in lost[0].err
    keys = [Spool(folder).read(each).idempotency_key for each in Spool(folder).entries()]

    flushed = await track("flush", "--spool", "spool")

    assert (flushed.code, flushed.out) == (0, "2 sent, 0 left, 0 set aside\n")
    assert [json.loads(each.body)["version"] for each in api.requests] == ["1", "2"]
    assert [each.headers["idempotency-key"] for each in api.requests] == keys
    assert "secret" not in str(keys)
    assert (await track("flush", "--spool", "spool")).out == "0 sent, 0 left, 0 set aside\n"


async def test_no_kept_file_holds_the_key_to_the_api(track: Track, folder: Path) -> None:
    await track(*build(1), **DOWN)
    (entry,) = Spool(folder).entries()
    assert "sk_acme" not in entry.read_text()


@pytest.mark.parametrize("status", [200, 422, 401, 428])
async def test_what_was_answered_is_not_kept(
    api: ScriptedApi, track: Track, folder: Path, status: int
) -> None:
    api.answer(BUILD, EVENT, status=status)
    await track(*build(1))
    assert Spool(folder).entries() == []


@pytest.mark.parametrize("status", [500, 429])
async def test_what_a_server_could_not_take_is_kept_in_best_effort_too(
    api: ScriptedApi, track: Track, folder: Path, status: int
) -> None:
    api.answer(BUILD, {"detail": "no"}, status=status)
    ran = await track(*build(1), "--fail-on-api-error=false")
    assert ran.code == 0
    assert len(Spool(folder).entries()) == 1


async def test_a_spool_that_cannot_be_written_costs_the_copy_and_not_the_event(
    api: ScriptedApi, track: Track
) -> None:
    api.answer(BUILD, EVENT)
    ran = await track(*build(1), "--spool", "/dev/null")
    assert ran.code == 0
    assert "cannot keep the event" in ran.err


@pytest.mark.parametrize(
    ("status", "code", "best_effort", "left"),
    [(503, 1, 0, 1), (401, 4, 0, 1), (422, 4, 0, 0), (428, 5, 5, 0)],
)
async def test_a_flush_exits_as_the_worst_of_its_events(
    api: ScriptedApi,
    track: Track,
    folder: Path,
    status: int,
    code: int,
    best_effort: int,
    left: int,
) -> None:
    api.answer(BUILD, {"detail": "no"}, status=status)
    for version, flag, expected in ((1, "true", code), (2, "false", best_effort)):
        await track(*build(version), **DOWN)
        ran = await track("flush", "--spool", "spool", f"--fail-on-api-error={flag}", "--json")
        assert ran.code == expected
        assert json.loads(ran.out)["left"] == left * version
        assert f"HTTP {status}: no" in ran.err


async def test_a_damaged_file_is_told_once_and_fails_the_flush_once(
    api: ScriptedApi, track: Track, folder: Path
) -> None:
    api.answer(BUILD, EVENT)
    await track(*build(1), **DOWN)
    (folder / "0.json").write_text("{")

    first = await track("flush", "--spool", "spool")
    second = await track("flush", "--spool", "spool")

    assert (first.code, first.out) == (1, "1 sent, 0 left, 1 set aside\n")
    assert "0.json is damaged" in first.err
    assert second.code == 0


async def test_a_flush_waits_for_another_one_until_its_deadline(
    api: ScriptedApi, track: Track, folder: Path
) -> None:
    await track(*build(1), **DOWN)
    with Spool(folder).flushing():
        ran = await track("flush", "--spool", "spool", "--deadline-seconds", "1")
    assert ran.code == 1
    assert "another flush" in ran.err
    assert api.requests == []


async def test_a_flush_ends_at_its_deadline_and_keeps_the_rest(
    api: ScriptedApi, track: Track, folder: Path
) -> None:
    await track(*build(1), **DOWN)
    api.answer(BUILD, {"detail": "no"}, status=429, retry_after="30")
    ran = await track("flush", "--spool", "spool", "--deadline-seconds", "2")
    assert (ran.code, ran.out) == (1, "0 sent, 1 left, 0 set aside\n")
    assert len(api.requests) == 1


async def test_the_status_tells_what_would_be_used_and_not_the_key(
    api: ScriptedApi, track: Track, work: Path
) -> None:
    await track(*build(1), **DOWN)
    (work / ".delta-ci-track.yaml").write_text("product: api\n")

    ran = await track("status", "--spool", "spool", "--json", CIRCLECI="true")
    told = await track("status", VERSIONER_API_KEY=None)

    assert json.loads(ran.out) == {
        "source_system": "circleci",
        "product": "api",
        "version": None,
        "scm_sha": None,
        "config_files": [str(work / ".delta-ci-track.yaml")],
        "api_url": api.url,
        "api_key_is_set": True,
        "spool": "spool",
        "kept_events": 1,
    }
    assert "api_key_is_set: no" in told.out.splitlines()
    assert "sk_acme" not in ran.out + told.out
    assert api.requests == []


async def test_a_status_of_a_broken_file_says_what_is_broken(track: Track, work: Path) -> None:
    (work / ".delta-ci-track.yaml").write_text("- a list")
    ran = await track("status")
    assert (ran.code, ran.out) == (1, "")
    assert "must be a mapping" in ran.err

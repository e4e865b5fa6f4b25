"""What a runner reports beside its outcome: kept where it is harmless, left out where it is not."""

from typing import Any

import pytest

from deltaci.jobs.results import is_linkable
from deltaci.runs.read import read_run
from deltaci.states import JobState
from deltaci.store.tables import Artifact, CacheEvent
from deltaci.testing.factories import Factory

LONGEST = 2**31 - 1


@pytest.mark.parametrize(
    "uri",
    [
        "https://files.example.test/app.tar.gz?part=1#top",
        "s3://bucket/runs/1/app",
        "gs://bucket/app",
        "az://container/app",
        "HTTPS://files.example.test/app",
    ],
)
def test_places_that_people_may_follow_are_kept(uri: str) -> None:
    assert is_linkable(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "app.tar.gz",
        "/etc/passwd",
        "file:///etc/passwd",
        "http://files.example.test/app",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>",
        "ftp://files.example.test/app",
        "s3:///no-bucket",
        "https://",
        "https:///path",
        "https://user:secret@files.example.test/app",
        "https://token@files.example.test/app",
        "https://files.example.test/a\nb",
        "https://files.example.test/\u202etxt.exe",
        "https://[half/app",
        " https://files.example.test/app",
        "https://files.example.test/a b",
    ],
)
def test_every_other_place_is_left_out(uri: str) -> None:
    assert not is_linkable(uri)


async def test_a_bad_artifact_does_not_stop_the_completion(factory: Factory) -> None:
    holder = await factory.running()

    await holder.complete(
        artifacts=[
            {"type": "binary", "uri": "javascript:alert(1)"},
            {"type": "binary", "uri": "s3://bucket/app"},
        ],
        caches=[{"type": "", "key": "k"}, {"type": "deps", "key": "k", "hit": True}],
    )

    assert await factory.rows.job_states(holder.granted.run_id) == {"build": JobState.SUCCEEDED}
    assert (await factory.rows.one(Artifact)).uri == "s3://bucket/app"
    cache = await factory.rows.one(CacheEvent)
    assert (cache.cache_type, cache.cache_key, cache.cache_hit) == ("deps", "k", True)


async def test_an_artifact_that_is_reported_twice_is_kept_once(factory: Factory) -> None:
    holder = await factory.running()
    artifact = {"type": "binary", "uri": "s3://bucket/app"}

    await holder.complete(artifacts=[artifact, artifact])

    detail = await read_run(factory.core, holder.granted.run_id)
    assert [each.uri for each in detail.jobs[0].artifacts] == ["s3://bucket/app"]


HARD = {
    "markup": "<b>&amp;</b> '; DROP TABLE runs; -- %s {0} \\u0000",
    "controls": "bell \x07 escape \x1b[31m tab \t line \n return \r",
    "letters": "naïve 任务 🚀 \u202e \ufeff e\u0301",
    "long": "x" * 2000,
}


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
async def test_any_text_of_a_runner_can_be_stored(factory: Factory, text: str) -> None:
    holder = await factory.running()
    await holder.beat(progress={"current_step": text[:500], "message": text[:500]})

    await holder.complete(
        "FAILED",
        exit_code=1,
        summary=text,
        steps=[{"index": 0, "command": text[:500], "exit_code": 1, "duration_seconds": 1.5}],
        tests={"total": 1, "failed": 1, "failures": [{"name": text[:500], "message": text}]},
        caches=[{"type": "deps", "key": text[:500]}],
    )

    attempt = await factory.rows.attempt(holder.granted.run_id)
    assert attempt.summary == text
    assert attempt.steps[0]["command"] == text[:500]
    assert attempt.tests is not None
    assert attempt.tests["failures"][0]["message"] == text


@pytest.mark.parametrize("exit_code", [0, 1, 255, -9, -15, LONGEST, -LONGEST - 1])
async def test_any_exit_code_that_is_accepted_can_be_stored(
    factory: Factory, exit_code: int
) -> None:
    holder = await factory.running()

    await holder.complete("FAILED", exit_code=exit_code)

    assert (await factory.rows.attempt(holder.granted.run_id)).exit_code == exit_code


@pytest.mark.parametrize(
    "fields",
    [
        {"summary": "a\0b"},
        {"exit_code": LONGEST + 1},
        {"steps": [{"index": 0, "command": "x", "duration_seconds": float("inf")}]},
        {"steps": [{"index": 0, "command": "x", "duration_seconds": float("nan")}]},
        {"timings": {"finished_at": "9999-12-31T23:59:59-23:59"}},
        {"status": "SUCCESS"},
    ],
)
async def test_what_no_database_can_hold_is_refused_and_changes_nothing(
    factory: Factory, fields: dict[str, Any]
) -> None:
    holder = await factory.running()

    with pytest.raises(ValueError, match="validation error"):
        await holder.complete(**({"status": "FAILED"} | fields))

    assert (await factory.rows.attempt(holder.granted.run_id)).state is JobState.RUNNING

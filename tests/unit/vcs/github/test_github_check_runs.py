"""What GitHub shows beside a commit."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from dirty_equals import IsPartialDict

from deltaci.testing.fake_forge.forge import FakeForge
from deltaci.testing.fake_forge.state import ShownCheck
from deltaci.testing.settable_clock import SettableClock
from deltaci.vcs.port import (
    Annotation,
    Check,
    ForgeApi,
    ForgeGoneError,
    ForgeRefusedError,
    ForgeUnavailableError,
    Place,
    Verdict,
)

PLACE = Place("acme/shop")
SHA = "a" * 40
STARTED = datetime(2026, 1, 12, 12, 0, 0, 5, UTC)
CHECK = Check("run_1", "delta-ci", SHA, Verdict.QUEUED, "Queued", "Soon.", "https://ci/run_1")
FAILED = replace(
    CHECK, verdict=Verdict.FAILURE, title="Failed", started_at=STARTED, completed_at=STARTED
)
ANNOTATIONS = tuple(Annotation("a.py", line, "broken", f"line {line}") for line in range(1, 121))


def _shown(github: FakeForge) -> ShownCheck:
    (shown,) = github.repository(PLACE.full_name).checks
    return shown


async def test_a_run_is_one_check_run_from_queued_to_its_end(
    github: FakeForge, by_app: ForgeApi
) -> None:
    running = replace(CHECK, verdict=Verdict.RUNNING, started_at=STARTED)
    external_id = await by_app.publish(PLACE, CHECK, None)
    for check in (running, FAILED, FAILED):
        assert await by_app.publish(PLACE, check, external_id) == external_id
    shown = _shown(github)
    assert shown.states == ["queued", "in_progress", "failure", "failure"]
    assert (shown.reference, shown.url, shown.title) == ("run_1", "https://ci/run_1", "Failed")


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict.is_final])
async def test_every_end_has_a_conclusion(
    github: FakeForge, by_app: ForgeApi, verdict: Verdict
) -> None:
    await by_app.publish(PLACE, replace(FAILED, verdict=verdict), None)
    assert _shown(github).verdict is verdict


async def test_all_annotations_arrive_once_however_often_they_are_sent(
    github: FakeForge, by_app: ForgeApi
) -> None:
    failed = replace(FAILED, annotations=ANNOTATIONS)
    external_id = await by_app.publish(PLACE, failed, None)
    await by_app.publish(PLACE, failed, external_id)
    assert [each["start_line"] for each in _shown(github).annotations] == list(range(1, 121))
    assert _shown(github).annotations[0] == IsPartialDict(path="a.py", annotation_level="failure")


async def test_annotations_that_broke_off_are_made_whole(
    github: FakeForge, by_app: ForgeApi
) -> None:
    failed = replace(FAILED, annotations=ANNOTATIONS)
    external_id = await by_app.publish(PLACE, CHECK, None)
    github.faults.drop_answer(2)
    for _try in range(2):
        with pytest.raises(ForgeUnavailableError):
            await by_app.publish(PLACE, failed, external_id)
    await by_app.publish(PLACE, failed, external_id)
    assert [each["start_line"] for each in _shown(github).annotations] == list(range(1, 121))


async def test_long_texts_are_cut_and_say_so(github: FakeForge, by_app: ForgeApi) -> None:
    wide = "ä" * 70_000
    annotation = Annotation("a.py", 1, "t" * 300, wide)
    long = replace(FAILED, title="t" * 300, summary=wide, annotations=(annotation,))
    await by_app.publish(PLACE, long, None)
    shown = _shown(github)
    assert shown.summary.endswith("ä\n\n*This is cut: the forge shows no more.*\n")
    assert shown.annotations[0]["message"].endswith("ä…")


async def test_a_lost_run_is_found_among_many_of_its_name(
    github: FakeForge, by_app: ForgeApi
) -> None:
    external_id = await by_app.publish(PLACE, CHECK, None)
    for number in range(2, 35):
        await by_app.publish(PLACE, replace(CHECK, reference=f"run_{number}"), None)
    assert await by_app.find_check(PLACE, CHECK) == external_id
    assert await by_app.find_check(PLACE, replace(CHECK, reference="run_0")) is None


async def test_a_run_of_another_app_with_our_reference_is_not_ours(
    github: FakeForge, by_app: ForgeApi
) -> None:
    external_id = await by_app.publish(PLACE, CHECK, None)
    assert await by_app.find_check(PLACE, CHECK) == external_id
    assert github.state.app is not None
    github.state.app.slug = "another"
    assert await by_app.find_check(PLACE, CHECK) is None


async def test_what_is_gone_is_said_to_be(github: FakeForge, by_app: ForgeApi) -> None:
    with pytest.raises(ForgeGoneError):
        await by_app.publish(PLACE, CHECK, "99")
    with pytest.raises(ForgeRefusedError) as refused:
        await by_app.publish(Place("acme/unknown"), CHECK, None)
    assert not isinstance(refused.value, ForgeGoneError)


@pytest.mark.parametrize("full_name", ["acme", "acme/", "/shop", "../shop", "acme/.."])
async def test_an_odd_name_leads_nowhere(
    github: FakeForge, by_token: ForgeApi, full_name: str
) -> None:
    with pytest.raises(ForgeRefusedError):
        await by_token.publish(Place(full_name), CHECK, None)
    assert github.requests == []


async def test_a_token_gets_commit_statuses_and_does_not_ask_each_time(
    github: FakeForge, by_token: ForgeApi, clock: SettableClock
) -> None:
    assert await by_token.find_check(PLACE, CHECK) is None
    first = await by_token.publish(PLACE, CHECK, None)
    asked = len(github.requests)
    last = await by_token.publish(PLACE, replace(FAILED, title="t" * 300), first)
    assert len(github.requests) == asked + 1
    assert first.startswith("status:")
    assert last.startswith("status:")
    assert _shown(github).states == ["pending", "failure"]
    await by_token.publish(PLACE, replace(CHECK, name="other"), None)
    assert len(github.requests) == asked + 2
    clock.advance(3600)
    await by_token.publish(PLACE, replace(CHECK, name="third"), None)
    assert len(github.requests) == asked + 4


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.RUNNING, "pending"),
        (Verdict.SUCCESS, "success"),
        (Verdict.SKIPPED, "success"),
        (Verdict.TIMED_OUT, "failure"),
        (Verdict.CANCELLED, "error"),
    ],
)
async def test_every_verdict_has_a_state(
    github: FakeForge, by_token: ForgeApi, verdict: Verdict, state: str
) -> None:
    await by_token.publish(PLACE, replace(CHECK, verdict=verdict), None)
    assert _shown(github).states == [state]


async def test_a_token_that_is_not_told_of_check_runs_gets_statuses_too(
    github: FakeForge, by_token: ForgeApi
) -> None:
    github.faults.fail_next(1, 404)
    assert (await by_token.publish(PLACE, CHECK, None)).startswith("status:")


async def test_an_app_without_the_permission_gets_statuses_but_ends_what_it_began(
    github: FakeForge, by_app: ForgeApi
) -> None:
    begun = await by_app.publish(PLACE, CHECK, None)
    github.faults.fail_next(1, 403)
    with pytest.raises(ForgeRefusedError):
        await by_app.publish(PLACE, FAILED, begun)
    github.faults.fail_next(1, 403)
    other = await by_app.publish(PLACE, replace(CHECK, name="other"), None)
    assert other.startswith("status:")
    assert await by_app.find_check(PLACE, replace(CHECK, name="other")) == other
    assert await by_app.publish(PLACE, FAILED, begun) == begun
    first, second = github.repository(PLACE.full_name).checks
    assert (first.states, second.states) == (["queued", "failure"], ["pending"])


async def test_a_token_finds_the_status_of_a_run(github: FakeForge, by_token: ForgeApi) -> None:
    ours = await by_token.publish(PLACE, CHECK, None)
    await by_token.publish(PLACE, replace(CHECK, url="https://ci/run_2"), None)
    assert await by_token.find_check(PLACE, CHECK) == ours
    assert await by_token.find_check(PLACE, replace(CHECK, url="https://ci/run_3")) is None


async def test_a_limited_rate_is_no_reason_for_statuses(
    github: FakeForge, by_token: ForgeApi, by_app: ForgeApi
) -> None:
    await by_app.publish(PLACE, CHECK, None)
    too_fast = b'{"message": "You have exceeded a secondary rate limit."}'
    for headers, body, seconds in (
        ({"Retry-After": "7"}, b"{}", 7),
        ({}, too_fast, 60),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, b"{}", 1),
    ):
        for api in (by_app, by_token):
            github.faults.fail_next(1, 403, headers, body)
            with pytest.raises(ForgeUnavailableError) as unavailable:
                await api.publish(PLACE, CHECK, None)
            assert unavailable.value.retry_after_seconds == seconds
    assert len(github.repository(PLACE.full_name).checks) == 1

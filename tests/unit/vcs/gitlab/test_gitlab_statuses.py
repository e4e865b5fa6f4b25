"""How commit statuses get past GitLab's state machine, and to where people see them."""

import json
from collections.abc import AsyncIterator

import httpx2
import pytest
from dirty_equals import IsPartialDict
from pydantic import SecretStr

from deltaci.forge_settings import GitLabSettings
from deltaci.testing.fake_forge.forge import FakeForge
from deltaci.testing.fake_forge.state import Repository
from deltaci.vcs.forge_http import ForgeHttp
from deltaci.vcs.gitlab.api import GitLabApi
from deltaci.vcs.gitlab.forge import gitlab_forge
from deltaci.vcs.port import (
    Check,
    Forge,
    ForgeGoneError,
    ForgeRefusedError,
    ForgeUnavailableError,
    Place,
    Provider,
    Verdict,
)

PLACE = Place("acme/shop/backend")
TOKEN = "a-token"
COMMIT = "c0ffee" * 6 + "cafe"
MERGE_REQUEST = "refs/merge-requests/7/head"


def _check(verdict: Verdict, run: str = "run_1", ref: str = "refs/heads/main") -> Check:
    return Check(
        reference=run,
        name="delta-ci",
        commit_sha=COMMIT,
        verdict=verdict,
        title=f"It is {verdict}",
        summary="",
        url=f"https://ci.example.org/runs/{run}",
        ref=ref,
    )


@pytest.fixture
async def fake() -> AsyncIterator[FakeForge]:
    async with FakeForge(Provider.GITLAB, token=TOKEN) as fake:
        yield fake


@pytest.fixture
def repository(fake: FakeForge) -> Repository:
    return fake.repository(PLACE.full_name)


@pytest.fixture
async def forge(fake: FakeForge, repository: Repository) -> AsyncIterator[Forge]:
    made = gitlab_forge(GitLabSettings(url=fake.url, token=SecretStr(TOKEN)), 10)
    yield made
    await made.close()


def _posted(fake: FakeForge) -> list[dict[str, str]]:
    return [json.loads(each.body) for each in fake.requests if each.method == "POST"]


async def test_a_branch_goes_by_its_short_name_and_a_merge_request_by_none(
    fake: FakeForge, forge: Forge
) -> None:
    for ref in ("refs/heads/prices/round-up", "refs/tags/v1", MERGE_REQUEST):
        await forge.api.publish(PLACE, _check(Verdict.RUNNING, ref, ref), None)
        await forge.api.publish(PLACE, _check(Verdict.SUCCESS, ref, ref), None)

    assert {each.get("ref") for each in _posted(fake)} == {"prices/round-up", "v1", None}
    assert fake.violations == []


async def test_what_came_too_late_does_not_reopen_what_has_ended(
    fake: FakeForge, forge: Forge, repository: Repository
) -> None:
    ended = await forge.api.publish(PLACE, _check(Verdict.FAILURE), None)
    late = await forge.api.publish(PLACE, _check(Verdict.RUNNING), None)

    assert late == ended
    assert [each.states for each in repository.checks] == [["failed"]]
    assert fake.violations == []


async def test_a_run_takes_over_what_a_lost_one_left_open(
    fake: FakeForge, forge: Forge, repository: Repository
) -> None:
    await forge.api.publish(PLACE, _check(Verdict.RUNNING, "run_1"), None)
    for verdict in (Verdict.QUEUED, Verdict.RUNNING, Verdict.SUCCESS):
        await forge.api.publish(PLACE, _check(verdict, "run_2"), None)

    (shown,) = repository.checks
    assert (shown.states, shown.url) == (
        ["running", "success"],
        "https://ci.example.org/runs/run_2",
    )
    assert fake.violations == []


async def test_a_rerun_begins_a_status_of_its_own(
    fake: FakeForge, forge: Forge, repository: Repository
) -> None:
    await forge.api.publish(PLACE, _check(Verdict.FAILURE, "run_1"), None)
    for verdict in (Verdict.QUEUED, Verdict.RUNNING, Verdict.SUCCESS):
        await forge.api.publish(PLACE, _check(verdict, "run_2"), None)

    shown = [each.states for each in repository.checks]
    assert shown == [["failed"], ["pending", "running", "success"]]
    assert fake.violations == []


async def test_what_gitlab_would_refuse_to_hear_again_is_not_said(
    fake: FakeForge, forge: Forge
) -> None:
    for verdict in (Verdict.QUEUED, Verdict.QUEUED, Verdict.RUNNING, Verdict.RUNNING):
        await forge.api.publish(PLACE, _check(verdict), None)

    assert [each["state"] for each in _posted(fake)] == ["pending", "running"]


async def test_a_name_that_leads_elsewhere_is_asked_for_nowhere(
    fake: FakeForge, forge: Forge
) -> None:
    with pytest.raises(ForgeRefusedError):
        await forge.api.publish(Place("acme/../user"), _check(Verdict.RUNNING), None)

    assert fake.requests == []


async def test_skipping_what_runs_already_passes(forge: Forge, repository: Repository) -> None:
    for verdict in (Verdict.RUNNING, Verdict.SKIPPED):
        await forge.api.publish(PLACE, _check(verdict), None)

    (shown,) = repository.checks
    assert (shown.verdict, shown.title) == (Verdict.SUCCESS, "It is skipped")


class _Scripted:
    """Answers one request after the other with what was written down."""

    def __init__(self, *answers: tuple[int, object]) -> None:
        self.bodies: list[object] = []
        self._answers = list(answers)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.bodies.append(json.loads(request.content) if request.content else None)
        status, answer = self._answers.pop(0)
        return httpx2.Response(status, json=answer)

    def api(self) -> GitLabApi:
        http = ForgeHttp(
            "https://gitlab.example.com/api/v4", 1, transport=httpx2.MockTransport(self)
        )
        return GitLabApi(http, TOKEN)


REFUSED = 400, {"message": "Cannot transition status via :run from :running (Reason(s): …)"}
SHOWN = {"id": 5, "status": "running", "target_url": None, "description": None}


async def test_a_state_that_somebody_else_told_meanwhile_is_told() -> None:
    scripted = _Scripted((200, []), REFUSED, (200, [SHOWN]))

    assert await scripted.api().publish(PLACE, _check(Verdict.RUNNING), None) == "5"


async def test_of_several_statuses_the_newest_counts() -> None:
    older, newer = SHOWN | {"id": 9}, SHOWN | {"id": 10}
    scripted = _Scripted((200, [older, newer, SHOWN]))

    assert await scripted.api().find_check(PLACE, _check(Verdict.RUNNING)) == "10"


async def test_a_refused_end_is_not_taken_for_told() -> None:
    scripted = _Scripted((200, []), REFUSED, (200, [SHOWN]))

    with pytest.raises(Exception, match="Cannot transition"):
        await scripted.api().publish(PLACE, _check(Verdict.SUCCESS), None)


async def test_a_forks_commit_is_shown_by_the_merge_requests_own_ref() -> None:
    nowhere = 404, {"message": "404 References for commit Not Found"}
    scripted = _Scripted((200, []), nowhere, (201, SHOWN))

    await scripted.api().publish(PLACE, _check(Verdict.RUNNING, ref=MERGE_REQUEST), None)

    without, with_ref = scripted.bodies[1:]
    assert without != IsPartialDict(ref=MERGE_REQUEST)
    assert with_ref == IsPartialDict(ref=MERGE_REQUEST, state="running")


async def test_an_unknown_commit_is_asked_for_once() -> None:
    scripted = _Scripted((404, {}), (404, {"message": "404 Commit Not Found"}))

    with pytest.raises(ForgeGoneError):
        await scripted.api().publish(PLACE, _check(Verdict.RUNNING, ref=MERGE_REQUEST), None)


async def test_two_changes_at_the_same_moment_are_tried_again() -> None:
    busy = 409, {"message": "Another update to this commit status is in progress"}

    with pytest.raises(ForgeUnavailableError, match="in progress"):
        await _Scripted((200, []), busy).api().publish(PLACE, _check(Verdict.RUNNING), None)


@pytest.mark.parametrize(
    ("member", "may"),
    [
        ({"username": "ann", "state": "active", "access_level": 30}, True),
        ({"username": "ann", "state": "active", "access_level": 50}, True),
        ({"username": "ann", "state": "active", "access_level": 20}, False),
        ({"username": "ann", "state": "blocked", "access_level": 50}, False),
        ({"username": "anna", "state": "active", "access_level": 50}, False),
        ({"username": "Ann", "state": "active", "access_level": 50}, False),
        ({"username": "ann", "state": "active", "access_level": "50"}, False),
        ({"username": "ann", "state": "active"}, False),
    ],
)
async def test_only_active_developers_of_exactly_that_name_may_write(
    member: dict[str, object], may: bool
) -> None:
    assert await _Scripted((200, [member])).api().may_write(PLACE, "ann") is may

"""The fake is as strict as GitHub: what GitHub would refuse must not pass a test unseen."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from deltaci.testing.fake_forge.forge import FakeForge
from deltaci.testing.fake_forge.github_app import FakeApp
from deltaci.testing.settable_clock import SettableClock
from deltaci.vcs.github.app_key import AppKey
from deltaci.vcs.port import Provider

RUNS = "/repos/acme/shop/check-runs"
RUN = {"name": "delta-ci", "head_sha": "a" * 40}
OUTPUT = {"title": "t", "summary": "s"}
ANNOTATION = {
    "path": "a.py",
    "start_line": 1,
    "end_line": 1,
    "annotation_level": "failure",
    "message": "m",
    "title": "t",
}


class Caller:
    """Sends requests as they are, with a token of the App unless told otherwise."""

    def __init__(self, fake: FakeForge, http: httpx2.AsyncClient, app: FakeApp) -> None:
        self.fake = fake
        self.app = app
        self._http = http
        self.installation = app.install("acme")
        self.token, _grant = app.grant(self.installation, None, only_read=False)

    async def __call__(
        self, method: str, path: str, body: Any = None, *, token: str = ""
    ) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        url = self.fake.api_url + path
        return await self._http.request(method, url, json=body, headers=headers)


@pytest.fixture
async def call(clock: SettableClock) -> AsyncIterator[Caller]:
    async with (
        FakeForge(Provider.GITHUB, token="ghp_somebodys") as fake,
        httpx2.AsyncClient(trust_env=False) as http,
    ):
        fake.repository("acme/shop")
        fake.state.app = FakeApp(clock=clock)
        yield Caller(fake, http, fake.state.app)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"head_sha": 7},
        {"head_sha": "abc"},
        {"status": "running"},
        {"status": "completed"},
        {"status": "completed", "conclusion": "succeeded"},
        {"status": "queued", "conclusion": "success"},
        {"status": "in_progress", "completed_at": "2026-01-12T12:00:00Z"},
        {"started_at": "noon"},
        {"started_at": "2026-01-12T12:00:00"},
        {"output": {"title": "t"}},
        {"output": {"title": "t" * 256, "summary": "s"}},
        {"output": {"title": "t", "summary": "s" * 65_536}},
        {"output": OUTPUT | {"annotations": [ANNOTATION] * 51}},
        {"output": OUTPUT | {"annotations": [ANNOTATION | {"annotation_level": "error"}]}},
        {"output": OUTPUT | {"annotations": [ANNOTATION | {"start_line": 0}]}},
        {"output": OUTPUT | {"annotations": [ANNOTATION | {"message": "é" * 32_769}]}},
        {"output": OUTPUT | {"annotations": [{"path": "a.py"}]}},
    ],
)
async def test_a_wrong_check_run_is_refused_and_noted(call: Caller, wrong: dict[str, Any]) -> None:
    assert (await call("POST", RUNS, RUN | wrong)).status_code == 422
    assert len(call.fake.violations) == 1
    assert call.fake.repository("acme/shop").checks == []


async def test_an_unknown_field_is_noted(call: Caller) -> None:
    assert (await call("POST", RUNS, RUN | {"sate": "queued"})).status_code == 201
    assert call.fake.violations == [f"POST /api/v3{RUNS} has no field 'sate'"]


async def test_a_check_run_that_goes_back_is_noted(call: Caller) -> None:
    done = RUN | {"status": "completed", "conclusion": "success"}
    number = (await call("POST", RUNS, done)).json()["id"]
    await call("PATCH", f"{RUNS}/{number}", {"status": "in_progress"})
    assert call.fake.violations == ["delta-ci at aaaaaaaa went from success to running"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/statuses/" + "a" * 40, {"state": "passed", "context": "c"}),
        ("/statuses/" + "a" * 40, {"state": "success", "context": "c", "description": "d" * 141}),
        ("/statuses/abc", {"state": "success", "context": "c"}),
        ("/issues/7/comments", {"body": "b" * 65_537}),
        ("/issues/7/comments", {}),
    ],
)
async def test_other_wrong_requests_are_refused_and_noted(
    call: Caller, path: str, body: dict[str, str]
) -> None:
    assert (await call("POST", f"/repos/acme/shop{path}", body)).status_code == 422
    assert len(call.fake.violations) == 1


async def test_only_an_app_makes_check_runs(call: Caller) -> None:
    answer = await call("POST", RUNS, RUN, token="ghp_somebodys")
    assert answer.status_code == 403
    assert call.fake.violations == []


async def test_a_token_ends_and_stays_within_its_limits(call: Caller, clock: SettableClock) -> None:
    only_read, _grant = call.app.grant(call.installation, frozenset({"shop"}), only_read=True)
    call.fake.repository("other/shop")
    elsewhere = "/repos/other/shop/check-runs"
    assert (await call("POST", RUNS, RUN, token=only_read)).status_code == 403
    assert (await call("POST", elsewhere, RUN)).status_code == 404
    clock.advance(3600)
    assert (await call("POST", RUNS, RUN)).status_code == 401


async def test_the_apps_signature_opens_little_and_not_for_long(
    call: Caller, clock: SettableClock
) -> None:
    key = AppKey(call.app.app_id, call.app.private_key)
    signed = key.sign(clock())
    assert (await call("GET", "/app", token=signed)).json()["slug"] == "delta-ci"
    assert (await call("POST", RUNS, RUN, token=signed)).status_code == 401
    mint = f"/app/installations/{call.installation}/access_tokens"
    assert (await call("POST", mint, {"repositories": ["x"]}, token=signed)).status_code == 422
    assert (await call("POST", mint, {})).status_code == 401
    too_early, others = key.sign(clock() + timedelta(minutes=5)), AppKey("1", call.app.private_key)
    for odd in (too_early, others.sign(clock())):
        assert (await call("GET", "/app", token=odd)).status_code == 401
    clock.advance(540)
    assert (await call("GET", "/app", token=signed)).status_code == 401

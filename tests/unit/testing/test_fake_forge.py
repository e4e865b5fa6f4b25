"""The fake forge notes what a real one would not stand for, and can be run as a program."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest

from deltaci.testing.fake_forge.forge import FakeForge
from deltaci.testing.forge_bench import COMMIT, FULL_NAME
from deltaci.vcs.gitea.webhooks import GiteaWebhooks
from deltaci.vcs.port import Provider

REMARK = {"number": 7, "comment_id": "1", "author": "ann", "body": "/ci cancel"}
STATUSES = f"/repos/{FULL_NAME}/statuses/{COMMIT}"


@pytest.fixture
async def fake() -> AsyncIterator[FakeForge]:
    async with FakeForge(Provider.GITEA, token="t", webhook_secret="secret") as running:
        running.repository(FULL_NAME)
        yield running


@pytest.fixture
async def http(fake: FakeForge) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"Authorization": "token t"}
    async with httpx2.AsyncClient(base_url=fake.api_url, headers=headers) as client:
        yield client


@pytest.mark.parametrize(
    ("states", "violations"),
    [
        (["pending", "pending", "success", "success"], []),
        (["success", "pending"], ["delta-ci at c0ffeec0 went from success to running"]),
        (["failure", "success"], ["delta-ci at c0ffeec0 went from failure to success"]),
    ],
)
async def test_a_check_that_goes_back_is_a_violation(
    fake: FakeForge, http: httpx2.AsyncClient, states: list[str], violations: list[str]
) -> None:
    for state in states:
        await http.post(STATUSES, json={"state": state, "context": "delta-ci"})

    (shown,) = fake.repository(FULL_NAME).checks
    assert shown.states == states
    assert fake.violations == violations


@pytest.mark.parametrize(
    ("path", "body", "status", "violation"),
    [
        (STATUSES, {"state": "green"}, 422, "unknown state 'green'"),
        (STATUSES, {"state": 7}, 422, "state is no str"),
        (STATUSES, ["success"], 422, "the body is no JSON object"),
        (STATUSES, {"state": "success", "colour": "green"}, 201, "has no field 'colour'"),
        (f"/repos/{FULL_NAME}/issues/7/comments", {}, 422, "body"),
        ("/repos/acme/shop/colours", {}, 404, "no such route"),
    ],
)
async def test_what_the_forge_does_not_know_is_a_violation(
    fake: FakeForge, http: httpx2.AsyncClient, path: str, body: Any, status: int, violation: str
) -> None:
    answer = await http.post(path, json=body)

    assert answer.status_code == status
    assert [violation in each for each in fake.violations] == [True]


async def test_nobody_gets_in_without_the_token(fake: FakeForge) -> None:
    async with httpx2.AsyncClient(base_url=fake.api_url) as client:
        assert (await client.get("/user")).status_code == 401


async def test_everything_shown_can_be_read_but_no_token(
    fake: FakeForge, http: httpx2.AsyncClient
) -> None:
    await http.post(STATUSES, json={"state": "success", "context": "delta-ci"})

    state = await http.get(f"{fake.url}/_fake/state")

    (repository,) = state.json()["repositories"]
    assert (repository["full_name"], repository["checks"][0]["verdict"]) == (FULL_NAME, "success")
    assert "accounts" not in state.text


async def test_it_delivers_what_a_script_asks_for(
    fake: FakeForge, http: httpx2.AsyncClient
) -> None:
    fake.webhook_url = f"{fake.url}/hooks"
    order = {"full_name": FULL_NAME, "push": {"ref": "refs/heads/main", "commit_sha": COMMIT}}
    missing = await http.post(f"{fake.url}/_fake/deliver", json=order)
    order["push"] |= {"before_sha": None, "sender": "ann"}  # type: ignore[operator]  # a dict
    told = await http.post(f"{fake.url}/_fake/deliver", json=order)
    fake.webhook_url = "http://127.0.0.1:1/"
    nobody = await http.post(f"{fake.url}/_fake/deliver", json=order)

    assert [each.status_code for each in (missing, told, nobody)] == [400, 200, 502]
    (delivered,) = fake.requests
    assert delivered.headers["x-gitea-event"] == "push"
    assert json.loads(delivered.body)["after"] == COMMIT


async def test_the_webhook_can_be_set_up_while_it_runs(
    fake: FakeForge, http: httpx2.AsyncClient
) -> None:
    wanted = {"url": f"{fake.url}/hooks", "secret": "a new secret"}
    order = {"full_name": FULL_NAME, "remark": REMARK}
    set_up = await http.post(f"{fake.url}/_fake/webhook", json=wanted)
    half = await http.post(f"{fake.url}/_fake/webhook", json={"url": "http://127.0.0.1:1/"})
    await http.post(f"{fake.url}/_fake/deliver", json=order)

    assert [each.status_code for each in (set_up, half)] == [200, 400]
    (delivered,) = fake.requests
    webhooks = GiteaWebhooks()
    delivery = webhooks.read(delivered.headers, delivered.body)
    assert webhooks.verify(delivery, ["a new secret"])


@pytest.fixture
def program() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "deltaci.testing.fake_forge", "--provider", "gitea"]
    with subprocess.Popen(
        [*command, "--repository", FULL_NAME, "--writer", "ann"], stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def test_it_runs_as_a_program_until_interrupted(program: subprocess.Popen[str]) -> None:
    assert program.stdout
    address = program.stdout.readline().strip()

    state = httpx2.get(f"{address}/_fake/state", trust_env=False)
    program.send_signal(signal.SIGINT)

    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address)
    (repository,) = state.json()["repositories"]
    assert (repository["full_name"], repository["members"]) == (FULL_NAME, {"ann": True})
    assert program.wait(timeout=20) == 0

"""`/api/v1/internal/git`: git's smart HTTP protocol, read only, for the leased commit alone."""

import asyncio
import gzip
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deltaci.testing.api_calls import ServedApi
from deltaci.testing.hanging_git import HangingGit
from deltaci.testing.protocol_calls import ProtocolRunner
from deltaci.testing.repositories import GitRepository
from deltaci.wire.runner import LEASE_HEADER

REFS = "/api/v1/internal/git/info/refs"
PACK = "/api/v1/internal/git/git-upload-pack"
END = "0009done\n"


def line(text: str) -> str:
    return f"{len(text) + 4:04x}{text}"


def wanting(sha: str, *depth: str) -> bytes:
    """Ask for one commit, as a client that has nothing."""
    lines = [line(f"want {sha} no-progress\n"), *map(line, depth)]
    return ("".join(lines) + "0000" + ("" if depth else END)).encode()


class Git:
    """What a runner's git would send."""

    def __init__(self, hands: ProtocolRunner) -> None:
        self.hands = hands

    @property
    def headers(self) -> dict[str, str]:
        return {LEASE_HEADER: self.hands.grant["lease_id"]}

    async def refs(self, **headers: str) -> httpx2.Response:
        params = {"service": "git-upload-pack"}
        return await self.hands.client.get(REFS, params=params, headers=self.headers | headers)

    async def pack(self, body: bytes, **headers: str) -> httpx2.Response:
        kind = {"Content-Type": "application/x-git-upload-pack-request"}
        return await self.hands.client.post(
            PACK, content=body, headers=self.headers | kind | headers
        )


@pytest.fixture
async def git(api: ServedApi, start_run: Any, runner: Any) -> Git:
    """A runner that was granted a job and has not acknowledged it yet."""
    run = await start_run(api)
    await run.plan()
    await run.offer("build")
    hands: ProtocolRunner = runner(api)
    await hands.lease()
    return Git(hands)


@pytest.fixture
def leased(git: Git) -> str:
    return str(git.hands.grant["checkout"]["commit_sha"])


async def test_the_leased_commit_is_the_only_one_on_offer(git: Git, leased: str) -> None:
    answer = await git.refs()

    assert answer.headers["Content-Type"] == "application/x-git-upload-pack-advertisement"
    assert answer.text.startswith("001e# service=git-upload-pack\n0000")
    assert answer.text.count("refs/") == 1
    assert leased in answer.text


async def test_a_newer_protocol_that_serves_any_id_is_not_spoken(git: Git, leased: str) -> None:
    answer = await git.refs(**{"Git-Protocol": "version=2"})

    assert "version 2" not in answer.text
    assert leased in answer.text


async def test_the_commit_is_handed_out(git: Git, leased: str) -> None:
    answer = await git.pack(wanting(leased))

    assert answer.headers["Content-Type"] == "application/x-git-upload-pack-result"
    assert answer.content.startswith(b"0008NAK\nPACK")


async def test_another_commit_is_refused_though_the_server_has_it(api: ServedApi, git: Git) -> None:
    checkout = git.hands.grant["checkout"]
    other = GitRepository(Path(checkout["url"])).commit({"secret": "1"})
    commits = api.commits(checkout["repo_id"], checkout["url"])
    await commits.bring(other, other)
    assert await commits.first_parent(other) is not None

    for protocol in ("", "version=2"):
        answer = await git.pack(wanting(other), **{"Git-Protocol": protocol})

        assert answer.content == line(f"ERR upload-pack: not our ref {other}").encode()


async def test_a_command_of_the_newer_protocol_gets_nothing(git: Git, leased: str) -> None:
    body = f"{line('command=fetch')}0001{line(f'want {leased}')}{END}0000"

    answer = await git.pack(body.encode(), **{"Git-Protocol": "version=2"})

    assert b"PACK" not in answer.content


async def test_history_can_be_left_out(git: Git, leased: str) -> None:
    answer = await git.pack(wanting(leased, "deepen 1"))

    assert answer.text == f"{line(f'shallow {leased}')}0000"


async def test_a_compressed_request_counts_like_a_plain_one(git: Git, leased: str) -> None:
    answer = await git.pack(gzip.compress(wanting(leased)), **{"Content-Encoding": "gzip"})

    assert b"PACK" in answer.content


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (gzip.compress(bytes(2_000_000), mtime=0), "gzip", 413),
        (bytes(2_000_000), "identity", 413),
        (gzip.compress(b"0000", mtime=0)[:-5], "gzip", 400),
        (b"0000", "gzip", 400),
        (b"0000", "br", 400),
    ],
)
async def test_bombs_and_nonsense_are_refused(
    git: Git, body: bytes, encoding: str, status: int
) -> None:
    answer = await git.pack(body, **{"Content-Encoding": encoding})

    assert answer.status_code == status


@pytest.mark.parametrize(
    "body", [b"0000", b"what is this", b"fffffff", b"0032want " + b"\xff" * 41]
)
async def test_what_is_no_request_gets_nothing(git: Git, body: bytes) -> None:
    answer = await git.pack(body)

    assert b"PACK" not in answer.content


async def test_nothing_can_be_pushed(git: Git) -> None:
    params = {"service": "git-receive-pack"}
    asked = await git.hands.client.get(REFS, params=params, headers=git.headers)
    pushed = await git.hands.client.post(
        PACK.replace("upload", "receive"), content=b"0000", headers=git.headers
    )

    assert (asked.status_code, pushed.status_code) == (400, 404)


async def test_a_lease_that_is_over_gets_nothing(git: Git, leased: str) -> None:
    await git.hands.say("release")

    for answer in (await git.refs(), await git.pack(wanting(leased))):
        assert answer.status_code == 409
        assert answer.json()["type"] == "StaleLease"


async def test_anothers_lease_gets_nothing(
    api: ServedApi, git: Git, leased: str, runner: Any
) -> None:
    thief = Git(runner(api))
    thief.hands.grant = git.hands.grant

    for answer in (await thief.refs(), await thief.pack(wanting(leased))):
        assert answer.status_code == 409
        assert answer.json()["reason"] == "UNKNOWN_LEASE"


async def test_git_ends_when_the_runner_hangs_up(
    api: ServedApi, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = HangingGit.create(tmp_path / "bin", says="0008NAK", only="--strict")
    monkeypatch.setenv("PATH", hanging.path)
    headers = {"Authorization": git.hands.client.headers["Authorization"]} | git.headers
    arrived = asyncio.Event()
    scope = {
        "type": "http",
        "method": "POST",
        "path": PACK,
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    body = iter([{"type": "http.request", "body": b"0000"}])

    async def receive() -> dict[str, Any]:
        if (message := next(body, None)) is not None:
            return message
        await arrived.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message.get("body"):
            arrived.set()

    await asyncio.wait_for(api.app(scope, receive, send), 20)

    async with asyncio.timeout(10):
        while not hanging.is_gone:  # noqa: ASYNC110 - another process is what changes
            await asyncio.sleep(0.01)


async def test_public_and_local_repositories_are_fetched_directly(git: Git) -> None:
    assert git.hands.grant["checkout"]["through_api"] is False

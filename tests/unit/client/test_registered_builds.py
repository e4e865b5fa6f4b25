import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from deltaci.client import builds, transport
from deltaci.client.control_plane import ControlPlane
from deltaci.client.errors import ApiRefusedError, LimitedError, UnreachableError
from deltaci.testing.scripted_api import ScriptedApi
from scripts.ci import register_build

REGISTER = "POST /v1/builds/register"
BUILD = {"service": "demo", "version": "1.2.3"}
URLS = {"commit_url": "https://git.example.test/c", "run_url": "https://ci.example.test/42"}
REGISTERED = {"id": "b1", "ci_publisher": "github"}


@pytest.fixture
async def api(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ScriptedApi]:
    monkeypatch.setattr(transport, "RETRY_PAUSES_SECONDS", (0.0, 0.0))
    async with ScriptedApi() as scripted:
        yield scripted


def refuse(api: ScriptedApi, status: int, code: str, **headers: str) -> None:
    api.answer(REGISTER, {"code": code, "message": "no", "details": None}, status=status, **headers)


async def register(api: ScriptedApi, **options: Any) -> builds.Registered:
    client = ControlPlane(api.url, "a-token")
    return await asyncio.to_thread(client.builds.register, BUILD | URLS, "key-1", **options)


def bodies(api: ScriptedApi) -> list[Any]:
    return [json.loads(each.body) for each in api.requests]


async def test_a_build_is_registered_with_its_key(api: ScriptedApi) -> None:
    api.answer(REGISTER, REGISTERED, status=201, idempotency_replayed="false")

    registered = await register(api)

    assert (registered.build["id"], registered.replayed) == ("b1", "false")
    assert registered.has_metadata
    assert bodies(api) == [BUILD | URLS]
    assert api.requests[0].headers["idempotency-key"] == "key-1"


async def test_an_invalid_one_is_sent_once_more_without_urls(api: ScriptedApi) -> None:
    refuse(api, 400, "INVALID_REQUEST")
    api.answer(REGISTER, REGISTERED)

    registered = await register(api)

    assert (registered.replayed, registered.has_metadata) == ("missing", False)
    assert bodies(api) == [BUILD | URLS, BUILD]
    assert {each.headers["idempotency-key"] for each in api.requests} == {"key-1"}


@pytest.mark.parametrize(
    ("status", "code", "fallback"),
    [
        (400, "INVALID_REQUEST", False),
        (400, "INVALID_VERSION", True),
        (409, "INVALID_REQUEST", True),
    ],
)
async def test_every_other_refusal_is_final(
    api: ScriptedApi, status: int, code: str, fallback: bool
) -> None:
    refuse(api, status, code)

    with pytest.raises(ApiRefusedError, match="no") as refusal:
        await register(api, fallback=fallback)

    assert (refusal.value.status, refusal.value.code) == (status, code)
    assert len(api.requests) == 1


async def test_a_limit_is_waited_for(api: ScriptedApi) -> None:
    refuse(api, 429, "RATE_LIMITED", retry_after="0")
    api.answer(REGISTER, REGISTERED)

    assert (await register(api)).build["id"] == "b1"
    assert len(api.requests) == 2


async def test_a_limit_until_tomorrow_is_not(api: ScriptedApi) -> None:
    refuse(api, 429, "QUOTA_EXCEEDED", retry_after="3600")

    with pytest.raises(LimitedError) as limit:
        await register(api)

    assert limit.value.retry_after_seconds == 3600
    assert len(api.requests) == 1


@pytest.mark.parametrize(
    ("code", "error", "requests"),
    [("MUTATIONS_DISABLED", ApiRefusedError, 1), ("UNAVAILABLE", UnreachableError, 3)],
)
async def test_only_what_passes_by_itself_is_tried_again(
    api: ScriptedApi, code: str, error: type[Exception], requests: int
) -> None:
    refuse(api, 503, code)

    with pytest.raises(error):
        await register(api)

    assert len(api.requests) == requests


def test_the_stand_alone_helper_falls_back_alike() -> None:
    assert register_build.METADATA == builds.METADATA
    assert register_build.WORTH_A_FALLBACK == builds.WORTH_A_FALLBACK

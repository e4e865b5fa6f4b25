import asyncio
import json
from collections.abc import AsyncIterator
from time import monotonic

import pytest

from deltaci.testing.http_stub import Answer, HttpStub, Request
from deltaci.testing.scripted_api import ScriptedApi
from deltaci.tracker.errors import InvalidInputError
from deltaci.tracker.posting import Delivery, NoAnswerError, Server

EVENT = Delivery("/build-events/", '{"product_name": "api"}', "key-1")
ROUTE = "POST /build-events/"


@pytest.fixture
async def api() -> AsyncIterator[ScriptedApi]:
    async with ScriptedApi() as scripted:
        yield scripted


async def post(url: str, timeout_seconds: float = 10) -> tuple[int, bytes]:
    server = Server(url, "sk_secret", "delta-ci/1")
    answer = await asyncio.to_thread(server.post, EVENT, timeout_seconds)
    return answer.status, answer.content


async def test_a_request_is_what_the_seed_says(api: ScriptedApi) -> None:
    api.answer(ROUTE, {"id": "e-1"})

    assert await post(f"{api.url}///") == (200, b'{"id": "e-1"}')

    (request,) = api.received(ROUTE)
    assert json.loads(request.body) == {"product_name": "api"}
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == "Bearer sk_secret"
    assert request.headers["idempotency-key"] == "key-1"
    assert request.headers["user-agent"] == "delta-ci/1"


async def test_the_api_may_be_mounted_below_a_path(api: ScriptedApi) -> None:
    api.answer("POST /tracker/build-events/", {"id": "e-1"})
    assert (await post(f"{api.url}/tracker/"))[0] == 200


@pytest.mark.parametrize("status", [200, 401])
async def test_a_server_that_repeats_the_key_does_not_make_us_show_it(
    api: ScriptedApi, status: int
) -> None:
    api.answer(ROUTE, {"detail": "unknown key sk_secret"}, status=status)
    assert await post(api.url) == (status, b'{"detail": "unknown key ***"}')


@pytest.mark.parametrize("status", [307, 308])
async def test_a_redirect_within_the_host_is_followed_with_the_body(
    api: ScriptedApi, status: int
) -> None:
    api.answer(ROUTE, {}, status=status, location="/moved/")
    api.answer("POST /moved/", {"id": "e-1"})

    assert (await post(api.url))[0] == 200
    assert api.received("POST /moved/")[0].body == EVENT.content.encode()


async def test_a_redirect_in_a_circle_ends(api: ScriptedApi) -> None:
    api.answer(ROUTE, {}, status=307, location="/build-events/")
    assert (await post(api.url))[0] == 307
    assert len(api.requests) == 4


async def test_no_redirect_takes_the_key_to_another_host_or_port(api: ScriptedApi) -> None:
    async with ScriptedApi() as other:
        api.answer(ROUTE, {}, status=307, location=f"{other.url}/build-events/")
        assert (await post(api.url))[0] == 307
        assert other.requests == []


async def test_a_redirect_that_changes_the_method_is_not_followed(api: ScriptedApi) -> None:
    api.answer(ROUTE, {}, status=302, location="/moved/")
    assert (await post(api.url))[0] == 302
    assert len(api.requests) == 1


async def test_a_connection_that_is_closed_is_no_answer(api: ScriptedApi) -> None:
    api.hang_up(ROUTE)
    with pytest.raises(NoAnswerError, match="no answer from"):
        await post(api.url)


@pytest.mark.parametrize("status", [200, 500])
async def test_an_answer_that_breaks_off_is_none(api: ScriptedApi, status: int) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 100\r\n\r\n{" % status)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        with pytest.raises(NoAnswerError):
            await post(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")


async def test_a_server_that_never_answers_is_left_in_time() -> None:
    async def hang(_: Request) -> Answer | None:
        await asyncio.Event().wait()
        return None

    stub = HttpStub(hang)
    await stub.start()
    began = monotonic()
    with pytest.raises(NoAnswerError, match="timed out"):
        await post(f"http://127.0.0.1:{stub.port}", 0.2)
    assert monotonic() - began < 5
    await stub.stop()


async def test_an_endless_answer_is_cut_off(api: ScriptedApi) -> None:
    api.answer(ROUTE, b"x" * (3 << 20))
    _, content = await post(api.url)
    assert len(content) < 2 << 20


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "no HTTP address"),
        ("ftp://host", "no HTTP address"),
        ("file:///etc/passwd", "no HTTP address"),
        ("host", "no HTTP address"),
        ("http://", "no HTTP address"),
        ("http://host:port", "no HTTP address"),
        ("http://host/?a=b", "no HTTP address"),
        ("http://[", "no HTTP address"),
        ("http://me:secret@host", "has credentials"),
    ],
)
def test_what_is_no_address_is_refused_without_being_repeated(url: str, problem: str) -> None:
    with pytest.raises(InvalidInputError, match=problem) as caught:
        Server(url, "k", "agent")
    assert "secret" not in str(caught.value)


def test_a_key_that_no_header_can_carry_is_refused_without_being_repeated() -> None:
    with pytest.raises(InvalidInputError) as caught:
        Server("http://host", "sk\nInjected: secret", "agent")
    assert "secret" not in str(caught.value)

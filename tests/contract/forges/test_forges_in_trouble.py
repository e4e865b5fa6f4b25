"""What every adapter promises when its forge fails, refuses, stalls or talks nonsense."""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from deltaci.errors import DeltaError
from deltaci.testing.forge_bench import TOKEN, Bench, check
from deltaci.testing.http_stub import Answer, HttpStub, Request
from deltaci.vcs.port import ForgeRefusedError, ForgeUnavailableError, Verdict

Ask = Callable[[Bench], Awaitable[Any]]

ASKS: dict[str, Ask] = {
    "publish": lambda bench: bench.api.publish(bench.place, check(Verdict.SUCCESS), None),
    "publish again": lambda bench: bench.api.publish(bench.place, check(Verdict.SUCCESS), "12"),
    "find a check": lambda bench: bench.api.find_check(bench.place, check(Verdict.SUCCESS)),
    "comment": lambda bench: bench.api.write_comment(bench.place, 7, "text", None),
    "comment again": lambda bench: bench.api.write_comment(bench.place, 7, "text", "12"),
    "find a comment": lambda bench: bench.api.find_comment(bench.place, 7, "marker"),
    "may write": lambda bench: bench.api.may_write(bench.place, "ann"),
}
HARMLESS = (None, False, "12")
"""What may be made of an answer without sense: nothing, no, or the id that was known before."""
ALWAYS = 100
"""More requests than all of these make."""
NONSENSE = {
    "nothing": b"",
    "null": b"null",
    "number": b"17",
    "list": b"[]",
    "object": b"{}",
    "list of lists": b"[[], null, 3]",
    "odd id": b'{"id": {"a": []}, "login": 7, "permission": [], "values": 3}',
    "list of odd ids": b'[{"id": true, "user": 3, "body": null, "name": []}]',
    "infinite": b'{"id": 1e999, "values": [null], "check_runs": 3}',
    "page": b"<html>Welcome</html>",
    "deep": b"[" * 100_000,
    "bytes": b"\xff\xfe",
    "endless": b'{"id": "' + b"x" * 5_000_000 + b'"}',
}


async def _refusals(bench: Bench) -> list[DeltaError]:
    """Ask everything; each has to end in one of these two, which tell no credential."""
    errors: list[DeltaError] = []
    for name, ask in ASKS.items():
        with pytest.raises((ForgeRefusedError, ForgeUnavailableError)) as raised:
            await ask(bench)
        error = raised.value
        told = f"{error} {error!r} {error.message} {error.details} {error.__cause__!r}"
        assert TOKEN not in told, name
        errors.append(error)
    return errors


def _others(errors: Sequence[Exception], kind: type[Exception]) -> list[Exception]:
    return [each for each in errors if not isinstance(each, kind)]


async def test_a_revoked_token_is_a_refusal(bench: Bench) -> None:
    bench.fake.revoke_tokens()

    assert _others(await _refusals(bench), ForgeRefusedError) == []


async def test_no_token_is_a_refusal_that_names_the_setting(bench: Bench) -> None:
    bench.api = bench.forge(token="").api

    refusals = await _refusals(bench)

    assert _others(refusals, ForgeRefusedError) == []
    assert all("token" in each.message for each in refusals)
    assert bench.fake.requests == []


@pytest.mark.parametrize("status", [400, 401, 403, 422])
async def test_a_no_is_a_refusal(bench: Bench, status: int) -> None:
    bench.fake.faults.fail_next(ALWAYS, status)

    refusals = await _refusals(bench)

    assert _others(refusals, ForgeRefusedError) == []
    assert all(str(status) in each.message for each in refusals)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_worth_another_try(bench: Bench, status: int) -> None:
    bench.fake.faults.fail_next(ALWAYS, status)

    assert _others(await _refusals(bench), ForgeUnavailableError) == []


@pytest.mark.parametrize("status", [403, 429, 503])
async def test_the_wait_that_a_forge_asks_for_is_told(bench: Bench, status: int) -> None:
    bench.fake.faults.fail_next(ALWAYS, status, {"Retry-After": "17"})

    waits = [getattr(each, "retry_after_seconds", None) for each in await _refusals(bench)]

    assert waits == [17] * len(ASKS)


async def test_a_rate_limit_is_waited_for(bench: Bench) -> None:
    bench.fake.faults.rate_limit(60)

    waits = [getattr(each, "retry_after_seconds", None) for each in await _refusals(bench)]

    assert all(wait and 50 < wait <= 60 for wait in waits)


async def test_a_forge_that_is_down_is_worth_another_try(bench: Bench) -> None:
    await bench.fake.go_down()

    assert _others(await _refusals(bench), ForgeUnavailableError) == []


async def test_a_forge_that_came_back_is_spoken_with_again(bench: Bench) -> None:
    await bench.publish(check(Verdict.QUEUED))
    await bench.fake.go_down()
    await _refusals(bench)
    await bench.fake.come_back()

    await bench.publish(check(Verdict.SUCCESS))

    assert bench.repository.checks[-1].verdict is Verdict.SUCCESS


async def test_a_forge_that_stalls_is_left(bench: Bench) -> None:
    bench.api = bench.forge(timeout_seconds=0.05).api
    bench.fake.faults.delay(60)

    assert _others(await _refusals(bench), ForgeUnavailableError) == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(bench: Bench, status: int) -> None:
    led_elsewhere: list[Request] = []

    async def elsewhere(request: Request) -> Answer:
        led_elsewhere.append(request)
        return Answer(200, b'{"id": 1}')

    stub = HttpStub(elsewhere)
    await stub.start()
    location = {"Location": f"http://127.0.0.1:{stub.port}/api"}
    bench.fake.faults.fail_next(ALWAYS, status, location)

    await _refusals(bench)
    await stub.stop()

    assert led_elsewhere == []


@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE.keys())
async def test_nonsense_is_no_other_error(bench: Bench, body: bytes) -> None:
    bench.fake.faults.fail_next(ALWAYS, 200, body=body)

    for name, ask in ASKS.items():
        with contextlib.suppress(ForgeRefusedError, ForgeUnavailableError):
            assert await ask(bench) in HARMLESS, name


async def test_a_credential_that_the_forge_repeats_is_not_passed_on(bench: Bench) -> None:
    if bench.kind.mints_tokens:
        return  # and does not send this one
    said = f'{{"message": "who is {TOKEN}?", "error": {{"message": "who is {TOKEN}?"}}}}'
    bench.fake.faults.fail_next(ALWAYS, 401, body=said.encode())

    await _refusals(bench)


def test_no_credential_is_in_a_repr(bench: Bench) -> None:
    forge = bench.forge()

    assert TOKEN not in repr(forge) + repr(forge.api) + repr(bench.fake.state)


async def test_closing_twice_is_harmless(bench: Bench) -> None:
    forge = bench.forge()
    await forge.api.publish(bench.place, check(Verdict.SUCCESS), None)

    await forge.close()
    await forge.close()

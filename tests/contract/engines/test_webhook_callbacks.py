"""What counts when a deployer calls back (`deltaci/engines/webhook_callback.py`)."""

import json
from typing import Any

import pytest

from deltaci.engines.port import EngineState, FailureCategory, Progress
from deltaci.engines.signatures import SIGNATURE, TIMESTAMP, sign
from deltaci.engines.webhook_callback import (
    CallbackInvalidError,
    CallbackUnauthorizedError,
    read_callback,
)
from deltaci.testing.fake_deployer import SECRET
from deltaci.testing.settable_clock import SettableClock

DEPLOYMENT = "0190-deployment"
OTHER_SECRET = "whsec_" + "b3RoZXIgc2VjcmV0IG90aGVy"


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


def _body(**said: Any) -> bytes:
    return json.dumps({"deployment_id": DEPLOYMENT, **said}).encode()


def _read(clock: SettableClock, body: bytes, headers: dict[str, str] | None = None) -> Progress:
    signed = headers if headers is not None else sign(SECRET, "m-1", body, clock())
    return read_callback(SECRET, DEPLOYMENT, signed, body, clock())


def test_a_signed_call_says_how_the_deployment_ended(clock: SettableClock) -> None:
    assert _read(clock, _body(state="SUCCEEDED")).state is EngineState.SUCCEEDED
    failed = _read(clock, _body(state="FAILED", failure={"code": "unauthorized"}))
    assert failed.failure is not None
    assert failed.failure.category is FailureCategory.POLICY


def test_the_same_call_again_says_the_same(clock: SettableClock) -> None:
    body = _body(state="SUCCEEDED")
    signed = sign(SECRET, "m-1", body, clock())
    assert _read(clock, body, signed) == _read(clock, body, signed)


@pytest.mark.parametrize("seconds", [301, -301])
def test_a_signature_of_another_time_does_not_count(clock: SettableClock, seconds: int) -> None:
    body = _body(state="SUCCEEDED")
    signed = sign(SECRET, "m-1", body, clock())
    clock.advance(seconds)
    with pytest.raises(CallbackUnauthorizedError, match="too old, or from the future"):
        _read(clock, body, signed)


def test_a_signature_counts_among_others(clock: SettableClock) -> None:
    body = _body(state="SUCCEEDED")
    signed = sign(SECRET, "m-1", body, clock())
    signed[SIGNATURE] = (
        f"v1a,xyz {sign(OTHER_SECRET, 'm-1', body, clock())[SIGNATURE]} " + (signed[SIGNATURE])
    )
    assert _read(clock, body, signed).state is EngineState.SUCCEEDED


@pytest.mark.parametrize(
    "spoil",
    [
        {},
        {"webhook-id": ""},
        {"webhook-id": "m-2"},
        {TIMESTAMP: "soon"},
        {TIMESTAMP: "-5"},
        {TIMESTAMP: "9" * 30},
        {TIMESTAMP: "1768219201"},
        {SIGNATURE: ""},
        {SIGNATURE: "v1"},
        {SIGNATURE: "v1,"},
        {SIGNATURE: "v1,AAAA é"},
    ],
)
def test_whatever_is_not_signed_so_does_not_count(
    clock: SettableClock, spoil: dict[str, str]
) -> None:
    body = _body(state="SUCCEEDED")
    signed = {**sign(SECRET, "m-1", body, clock()), **spoil} if spoil else {}
    with pytest.raises(CallbackUnauthorizedError):
        _read(clock, body, signed)


def test_another_body_or_secret_does_not_count(clock: SettableClock) -> None:
    body = _body(state="SUCCEEDED")
    with pytest.raises(CallbackUnauthorizedError):
        _read(clock, _body(state="FAILED"), sign(SECRET, "m-1", body, clock()))
    with pytest.raises(CallbackUnauthorizedError):
        _read(clock, body, sign(OTHER_SECRET, "m-1", body, clock()))
    with pytest.raises(CallbackUnauthorizedError):
        read_callback("", DEPLOYMENT, sign(SECRET, "m-1", body, clock()), body, clock())


def test_a_call_about_another_deployment_of_the_recipe_does_not_count(
    clock: SettableClock,
) -> None:
    with pytest.raises(CallbackInvalidError, match="deployment_id"):
        _read(clock, json.dumps({"deployment_id": "other", "state": "SUCCEEDED"}).encode())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", _body(), _body(state=3), b"[" * 60_000])
def test_a_signed_call_without_sense_is_refused(clock: SettableClock, body: bytes) -> None:
    with pytest.raises(CallbackInvalidError):
        _read(clock, body)


def test_a_body_that_is_no_text_is_refused(clock: SettableClock) -> None:
    with pytest.raises(CallbackUnauthorizedError):
        _read(clock, b"\xff\xfe", sign(SECRET, "m-1", b"", clock()))


def test_a_body_that_is_too_large_is_refused(clock: SettableClock) -> None:
    with pytest.raises(CallbackInvalidError, match="more than"):
        _read(clock, _body(state="FAILED", message="x" * 70_000))

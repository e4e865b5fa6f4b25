"""Signed envelopes: what opens with which key."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from typer.testing import CliRunner

from deltaci.cli.main import app
from deltaci.dsse import (
    EnvelopeError,
    key_id,
    load_private_key,
    load_public_key,
    open_envelope,
    sign,
)

TYPE, PAYLOAD = "application/vnd.in-toto+json", b'{"a": 1}'
KEYS: dict[str, Any] = {
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
}


def _pems(key: Any) -> tuple[str, str]:
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


def _envelope(private: str, payload: bytes = PAYLOAD, payload_type: str = TYPE) -> dict[str, Any]:
    name, signature = sign(load_private_key(private), payload_type, payload)
    return {
        "payloadType": payload_type,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": name, "sig": signature}],
    }


@pytest.fixture(params=sorted(KEYS))
def pems(request: pytest.FixtureRequest) -> tuple[str, str]:
    return _pems(KEYS[request.param]())


def test_an_envelope_opens_with_its_key(pems: tuple[str, str]) -> None:
    private, public = pems
    envelope = _envelope(private)
    assert open_envelope(load_public_key(public), envelope) == (TYPE, PAYLOAD)
    assert envelope["signatures"][0]["keyid"] == key_id(load_public_key(public))


def test_no_other_key_opens_it(pems: tuple[str, str]) -> None:
    _, other = _pems(KEYS["ed25519"]())
    with pytest.raises(EnvelopeError, match="not signed with this key"):
        open_envelope(load_public_key(other), _envelope(pems[0]))


@pytest.mark.parametrize(
    "change",
    [
        {"payload": base64.b64encode(b'{"a": 2}').decode()},
        {"payloadType": "application/json"},
        {"payloadType": "\ud800"},
        {"signatures": []},
        {"signatures": [{"sig": base64.b64encode(b"x" * 64).decode()}]},
        {"signatures": [{"sig": "not base64"}]},
        {"signatures": [{}]},
        {"signatures": None},
        {"payload": 3},
        {"payload": "*"},
    ],
)
def test_what_was_altered_does_not_open(pems: tuple[str, str], change: dict[str, Any]) -> None:
    with pytest.raises(EnvelopeError):
        open_envelope(load_public_key(pems[1]), {**_envelope(pems[0]), **change})


@pytest.mark.parametrize("envelope", [None, [], "text", 3, {}])
def test_what_is_no_envelope_does_not_open(pems: tuple[str, str], envelope: object) -> None:
    with pytest.raises(EnvelopeError):
        open_envelope(load_public_key(pems[1]), envelope)


def test_keys_of_other_kinds_are_refused_without_being_shown() -> None:
    rsa_private, rsa_public = _pems(rsa.generate_private_key(65537, 2048))
    odd_private, odd_public = _pems(ec.generate_private_key(ec.SECP521R1()))
    for private in (rsa_private, odd_private, "", "-----BEGIN PRIVATE KEY-----\nhidden"):
        with pytest.raises(ValueError, match="Ed25519 or ECDSA") as raised:
            load_private_key(private)
        assert "hidden" not in str(raised.value)
    for public in (rsa_public, odd_public, ""):
        with pytest.raises(ValueError, match="Ed25519 or ECDSA"):
            load_public_key(public)


STATEMENT = {
    "_type": "https://in-toto.io/Statement/v1",
    "predicateType": "urn:delta-ci:deployment-proof:v1",
    "subject": [{"name": "s3://b/a.zip", "digest": {"sha256": "ab"}}],
    "predicate": {
        "deployment": {
            "service": "shop",
            "version": "1.0.0",
            "environment": "prod",
            "state": "SUCCEEDED",
            "asked_by": "ann",
            "asked_at": "2026-01-01T00:00:00.000Z",
        },
        "approvals": [{"verdict": "approved", "actor": "olga"}],
        "gaps": ["nobody looked at the artifact"],
    },
}


def _verify(tmp_path: Path, envelope: Any, public: str, *more: str) -> Any:
    file, key = tmp_path / "proof.json", tmp_path / "key.pem"
    file.write_text(json.dumps(envelope))
    key.write_text(public)
    return CliRunner().invoke(
        app, ["deployment", "verify-proof", str(file), "--key", str(key), *more]
    )


def test_the_command_says_what_a_valid_proof_states(tmp_path: Path, pems: tuple[str, str]) -> None:
    envelope = _envelope(pems[0], json.dumps(STATEMENT).encode())
    done = _verify(tmp_path, envelope, pems[1])
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "valid: signed with this key",
        "shop 1.0.0 to prod: SUCCEEDED, asked by ann at 2026-01-01T00:00:00.000Z",
        "artifact: s3://b/a.zip sha256:ab",
        "approved: olga",
        "gap: nobody looked at the artifact",
    ]
    assert json.loads(_verify(tmp_path, envelope, pems[1], "--json").stdout) == STATEMENT


def test_the_command_fails_for_what_is_not_valid(tmp_path: Path, pems: tuple[str, str]) -> None:
    other = _envelope(pems[0], b'{"_type": "something else"}')
    altered = {**_envelope(pems[0], json.dumps(STATEMENT).encode()), "payload": "e30="}
    envelopes: list[Any] = [other, altered, {}, []]
    for envelope in envelopes:
        done = _verify(tmp_path, envelope, pems[1])
        assert done.exit_code == 1
        assert "not valid: " in done.output
    assert _verify(tmp_path, other, "no key").exit_code == 1

"""`GET /v1/deployments/{id}/proof`: an extension, with the contract's gates and error shape."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from dirty_equals import IsPartialDict

from api.app import build_app
from deltaci.bootstrap import build_core
from deltaci.dsse import load_public_key, open_envelope
from deltaci.engine_settings import ProofSettings
from deltaci.identity.roles import Role
from deltaci.settings import Settings
from deltaci.store.migrate import upgrade
from deltaci.testing.api_calls import ServedApi, serving
from deltaci.testing.deployment_bench import DeploymentBench
from deltaci.testing.settable_clock import SettableClock


@pytest.fixture(scope="module")
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
async def api(tmp_path: Path, key: Ed25519PrivateKey) -> AsyncIterator[ServedApi]:
    file = tmp_path / "proof.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    settings = Settings(
        data_dir=tmp_path, temporal_address="127.0.0.1:1", proof=ProofSettings(key_file=file)
    )
    await asyncio.to_thread(upgrade, settings.resolved_database_url)
    async with serving(build_app(settings)) as served:
        yield served


@pytest.fixture
async def path(api: ServedApi) -> str:
    """Where the proof of a deployment is."""
    bench = await DeploymentBench(api.core, SettableClock()).open("1.0.0")
    return f"/v1/deployments/{await bench.deployed('1.0.0')}/proof"


async def test_a_proof_is_plain_or_a_signed_statement(
    api: ServedApi, path: str, key: Ed25519PrivateKey
) -> None:
    observer = api.caller(Role.OBSERVER)
    plain = await observer.get(path)
    assert plain.status_code == 200
    assert plain.json() == IsPartialDict(complete=False)
    signed = await observer.get(path, params={"format": "in-toto"})
    assert signed.status_code == 200
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    _, payload = open_envelope(load_public_key(public.decode()), signed.json())
    assert payload == base64.b64decode(signed.json()["payload"])
    predicate = json.loads(payload)["predicate"]
    assert predicate["deployment"] == plain.json()["deployment"]


async def test_what_cannot_be_shown_is_refused_in_the_contracts_shape(
    api: ServedApi, path: str
) -> None:
    observer = api.caller(Role.OBSERVER)
    for asked, caller, status, code in (
        (path, api.caller(), 401, "UNAUTHORIZED"),
        (path, api.caller(Role.RUNNER), 403, "AUTHZ_ROLE_REQUIRED"),
        (path, api.caller(Role.CI_PUBLISHER), 403, "DELIVERY_GROUP_SCOPE_REQUIRED"),
        ("/v1/deployments/unknown/proof", observer, 404, "NOT_FOUND"),
        (f"{path}?format=pdf", observer, 400, "INVALID_REQUEST"),
    ):
        answer = await caller.get(asked)
        assert (answer.status_code, answer.json()["code"]) == (status, code), asked


def test_a_server_with_a_key_that_cannot_sign_does_not_start(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, proof=ProofSettings.model_validate({"key": "hidden"}))
    with pytest.raises(ValueError, match="Ed25519 or ECDSA") as raised:
        build_core(settings)
    assert "hidden" not in str(raised.value)

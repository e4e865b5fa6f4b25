"""Why a version could enter an environment: the whole way back, and what of it is missing."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from dirty_equals import IsPartialDict, IsStr
from pydantic import SecretStr

from deltaci.core import Core
from deltaci.deployments.attest import PAYLOAD_TYPE, attest
from deltaci.deployments.proof import read_proof, statement_of
from deltaci.deployments.refusals import NotOfGroupError
from deltaci.dsse import EnvelopeError, load_public_key, open_envelope
from deltaci.engine_settings import ProofSettings
from deltaci.errors import InvalidStateError, NotFoundError
from deltaci.runs.settle import settle_run
from deltaci.states import RunState
from deltaci.store.registry import find_registration
from deltaci.store.tables import Approval
from deltaci.testing.deployment_bench import ADMIN, OBSERVER, OTHER_OWNER, OWNER, DeploymentBench
from deltaci.testing.factories import Factory
from deltaci.testing.memory_commits import job
from deltaci.wire.orchestration import RunEnding
from deltaci.wire.proof import Proof

SHA256 = "cd" * 32


async def _registered(bench: DeploymentBench, version: str, **columns: Any) -> None:
    """Change what is known of a version's build."""
    async with bench.core.database.write() as tx:
        row = await find_registration(tx, bench.service, version)
        assert row is not None
        for name, value in columns.items():
            setattr(row, name, value)


async def _made_by_us(
    bench: DeploymentBench, factory: Factory, version: str, status: str = "SUCCEEDED"
) -> str:
    """Let a run of ours have made the version; one of its jobs is optional."""
    run_id = await factory.offered({"build": job(), "lint": job(required=False)})
    for _ in range(2):
        holder = await factory.seek()
        assert holder is not None
        await holder.ack()
        passes = holder.granted.job_spec.name == "build" and status == "SUCCEEDED"
        await holder.complete("SUCCEEDED" if passes else "FAILED", exit_code=int(not passes))
    ending = RunEnding(run_id=run_id, wanted=RunState.SUCCEEDED)
    await settle_run(factory.core, ending)
    run = await factory.rows.run(run_id)
    known = {"git_sha": run.commit_sha, "sha256": SHA256, "verification": "verified"}
    await _registered(bench, version, run_id=run_id, **known)
    return run_id


async def _approved(bench: DeploymentBench, deployment_id: str, actor: str) -> None:
    async with bench.core.database.write() as tx:
        tx.add(
            Approval(
                id=f"approval-{actor}",
                subject_kind="deployment",
                subject_id=deployment_id,
                approval_type="qa",
                approver_role="delivery_owner",
                verdict="approved",
                environment="dev",
                comments="",
                actor=actor,
                actor_email=f"{actor}@example.test",
                at=bench.core.clock(),
            )
        )


async def _proof(bench: DeploymentBench, deployment_id: str) -> dict[str, Any]:
    proof = await read_proof(bench.core, ADMIN, deployment_id)
    return proof.model_dump(mode="json")


async def test_the_way_back_is_whole(bench: DeploymentBench, factory: Factory) -> None:
    run_id = await _made_by_us(bench, factory, "1.0.0")
    deployment_id = await bench.deployed("1.0.0")

    proof = await _proof(bench, deployment_id)

    assert (proof["complete"], proof["gaps"]) == (True, [])
    assert proof["deployment"] == IsPartialDict(
        id=deployment_id, service="shop", version="1.0.0", environment="dev", state="SUCCEEDED"
    )
    assert proof["registration"] == IsPartialDict(sha256=SHA256, artifact_verified=True)
    assert proof["run"] == IsPartialDict(run_id=run_id, state="SUCCEEDED", repo_id="acme/shop")
    assert proof["run"]["plan"] == IsPartialDict(source="config", skipped_jobs=[])
    assert proof["run"]["jobs"] == [
        IsPartialDict(name="build", required=True, state="SUCCEEDED", reason=IsStr),
        IsPartialDict(name="lint", required=False, reason=IsStr),
    ]
    assert proof["recipe"] == IsPartialDict(id="standard", revision=1, sha256=IsStr)
    assert proof["policy"]["snapshot"] == IsPartialDict(max_concurrent_deployments=1)
    (decision,) = proof["policy"]["decisions"]
    assert decision == IsPartialDict(kind="asked", actor="root")
    assert decision["verdict"] == IsPartialDict(admitted=True)
    assert list(proof) == [
        *("deployment", "registration", "run", "recipe", "policy", "approvals"),
        *("complete", "gaps", "issued_at"),
    ]


async def test_a_build_of_foreign_ci_says_what_is_known_and_what_is_not(
    bench: DeploymentBench,
) -> None:
    proof = await _proof(bench, await bench.deployed("1.0.0"))

    assert "run" not in proof
    assert proof["complete"] is False
    assert proof["gaps"] == [
        "the artifact's digest is not known",
        "the build was registered by ci for run 1 of github: what that run did is not known here",
    ]


@pytest.mark.parametrize(
    ("columns", "gap"),
    [
        ({"verification": "off"}, "nobody looked at the artifact"),
        ({"git_sha": "ef" * 20}, "not the commit of its run"),
    ],
)
async def test_what_does_not_fit_is_a_gap(
    bench: DeploymentBench, factory: Factory, columns: dict[str, str], gap: str
) -> None:
    await _made_by_us(bench, factory, "1.0.0")
    await _registered(bench, "1.0.0", **columns)
    (found,) = (await _proof(bench, await bench.deployed("1.0.0")))["gaps"]
    assert gap in found


async def test_a_run_that_was_not_green_is_a_gap(bench: DeploymentBench, factory: Factory) -> None:
    await _made_by_us(bench, factory, "1.0.0", "FAILED")
    gaps = (await _proof(bench, await bench.deployed("1.0.0")))["gaps"]
    assert gaps[0] == "the run that made the build is FAILED"
    assert gaps[1].startswith("the required job build is ")


async def test_who_approved_is_told_and_who_is_missing_too(
    bench: DeploymentBench, factory: Factory
) -> None:
    await _made_by_us(bench, factory, "1.0.0")
    await bench.guard(required_approvals=2)
    deployment_id = (await bench.ask("1.0.0")).deployment.id
    await _approved(bench, deployment_id, "olga")
    await _approved(bench, deployment_id, "root")

    proof = await _proof(bench, deployment_id)

    assert [approval["actor"] for approval in proof["approvals"]] == ["olga", "root"]
    assert "1 of 2 required approvals of others are on record" in proof["gaps"]


async def test_nothing_secret_is_in_a_proof(bench: DeploymentBench, factory: Factory) -> None:
    await _made_by_us(bench, factory, "1.0.0")
    address = "https://deployer.internal/deploy"
    await bench.recipe(engine={"url": address, "headers": {"X-Team": "hidden-header"}})
    deployment_id = await bench.deployed("1.0.0")
    await _approved(bench, deployment_id, "olga")
    told = json.dumps(await _proof(bench, deployment_id))
    for hidden in ("hidden-header", "deployer.internal", "olga@example.test"):
        assert hidden not in told


async def test_a_proof_is_for_those_who_may_read_the_deployment(bench: DeploymentBench) -> None:
    deployment_id = await bench.deployed("1.0.0")
    for reader in (ADMIN, OWNER, OBSERVER):
        await read_proof(bench.core, reader, deployment_id)
    with pytest.raises(NotOfGroupError):
        await read_proof(bench.core, OTHER_OWNER, deployment_id)
    with pytest.raises(NotFoundError):
        await read_proof(bench.core, ADMIN, "unknown")


async def test_a_statement_is_about_the_artifact(bench: DeploymentBench, factory: Factory) -> None:
    await _made_by_us(bench, factory, "1.0.0")
    deployment_id = await bench.deployed("1.0.0")
    proof = await read_proof(bench.core, ADMIN, deployment_id)
    statement = statement_of(proof).model_dump(mode="json", by_alias=True)
    assert statement == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {
                "name": "s3://artifacts/shop/1.0.0.zip",
                "digest": {"sha256": SHA256, "gitCommit": proof.run and proof.run.commit_sha},
            }
        ],
        "predicateType": "urn:delta-ci:deployment-proof:v1",
        "predicate": proof.model_dump(mode="json"),
    }


async def test_there_is_no_statement_about_nothing(bench: DeploymentBench) -> None:
    await _registered(bench, "1.0.0", git_sha="v1.0.0")
    deployment_id = await bench.deployed("1.0.0")
    with pytest.raises(InvalidStateError, match="needs a digest"):
        await attest(bench.core, ADMIN, deployment_id)


async def test_without_a_key_the_envelope_is_not_signed(bench: DeploymentBench) -> None:
    deployment_id = await bench.deployed("1.0.0")
    assert (await attest(bench.core, ADMIN, deployment_id)).signatures == []


async def test_a_signed_envelope_opens_with_the_public_key_until_it_is_altered(
    bench: DeploymentBench, factory: Factory
) -> None:
    key = Ed25519PrivateKey.generate()
    core = _signing(factory.core, key)
    deployment_id = await bench.deployed("1.0.0")
    envelope = (await attest(core, ADMIN, deployment_id)).model_dump(mode="json")
    public = load_public_key(_public(key))

    payload_type, payload = open_envelope(public, envelope)

    assert payload_type == PAYLOAD_TYPE
    found = Proof.model_validate(json.loads(payload)["predicate"])
    assert found == await read_proof(core, ADMIN, deployment_id)
    altered = payload.replace(b'"1.0.0"', b'"9.9.9"')
    with pytest.raises(EnvelopeError, match="altered"):
        open_envelope(public, {**envelope, "payload": base64.b64encode(altered).decode()})


async def test_equal_facts_at_one_moment_are_equal_bytes(
    bench: DeploymentBench, factory: Factory
) -> None:
    core = _signing(factory.core, Ed25519PrivateKey.generate())
    deployment_id = await bench.deployed("1.0.0")
    first = await attest(core, ADMIN, deployment_id)
    assert await attest(core, ADMIN, deployment_id) == first
    bench.clock.now += timedelta(seconds=1)
    assert await attest(core, ADMIN, deployment_id) != first


def _signing(core: Core, key: Ed25519PrivateKey) -> Core:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    proof = ProofSettings(key=SecretStr(pem.decode().replace("\n", "\\n")))
    settings = core.settings.model_copy(update={"proof": proof})
    return Core(core.database, core.blobs, core.clock, settings, core.seal)


def _public(key: Ed25519PrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )

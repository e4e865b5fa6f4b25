"""Where artifacts are looked at, a build is registered only with one that is as it was claimed."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from dirty_equals import IsPartialDict

from deltaci.testing.registrar import Registrar
from deltaci.testing.sigstore_root import public_root

CONTENT = b"zipped"
DIGEST = hashlib.sha256(CONTENT).hexdigest()

Open = Callable[..., AbstractAsyncContextManager[Registrar]]


def put(root: Path, build: dict[str, Any], content: bytes = CONTENT, suffix: str = "") -> None:
    path = root / (build["artifactRef"].removeprefix("s3://") + suffix)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def signing(root: Path, wanted: str) -> dict[str, Any]:
    return {
        "artifact_verification": "filesystem",
        "artifact_root": str(root),
        "artifact_provenance": wanted,
        "artifact_signer_identities": "https://github.com/acme/*",
        "artifact_signer_issuer": "https://token.actions.githubusercontent.com",
        "artifact_trust_root": public_root(),
    }


async def test_a_build_says_what_was_found(open_registry: Open, tmp_path: Path) -> None:
    root = tmp_path / "artifacts"
    seen = {"artifact_verification": "filesystem", "artifact_root": str(root)}
    async with open_registry(**seen) as registry:
        build = await registry.build()
        absent = await registry.register(build, "found")
        put(root, build)

        answer = await registry.register(build, "found")
        again = await registry.register(build, "found")

    assert (absent.status_code, absent.json()["code"]) == (400, "INVALID_ARTIFACT")
    assert answer.status_code == 201
    assert answer.json() == IsPartialDict(
        sha256=DIGEST, sizeBytes=len(CONTENT), contentType="application/zip", checksum_sha256=None
    )
    assert (again.headers["idempotency-replayed"], again.json()) == ("true", answer.json())


async def test_a_false_claim_registers_nothing(open_registry: Open, tmp_path: Path) -> None:
    root = tmp_path / "artifacts"
    seen = {"artifact_verification": "filesystem", "artifact_root": str(root)}
    async with open_registry(**seen) as registry:
        build = await registry.build()
        put(root, build)

        refused = await registry.register(build | {"sha256": "0" * 64}, "claimed")
        answer = await registry.register(build | {"sha256": DIGEST}, "claimed")

    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_ARTIFACT")
    assert answer.status_code == 201


async def test_places_of_the_settings_count_beside_the_services(open_registry: Open) -> None:
    async with open_registry(artifact_sources="s3://artifacts/team") as registry:
        service = await registry.service("s3://artifacts/team/shop")
        places = ["team/shop/1.zip", "team/other/1.zip", "else/1.zip"]

        answers = [
            await registry.register(
                await registry.build(
                    service=service, version=f"1.0.{number}", artifactRef=f"s3://artifacts/{place}"
                )
            )
            for number, place in enumerate(places)
        ]

    assert [answer.status_code for answer in answers] == [201, 400, 400]


async def test_a_git_sha_may_have_to_be_one(open_registry: Open) -> None:
    async with open_registry(build_git_sha_is_hex=True) as registry:
        refused = await registry.register(await registry.build(git_sha="<git_sha>"))
        answer = await registry.register(await registry.build())

    assert refused.json() == IsPartialDict(
        code="INVALID_REQUEST",
        details={"invalid_fields": ["git_sha"], "reason": "INVALID_GIT_SHA"},
    )
    assert answer.status_code == 201


async def test_a_large_artifact_is_not_read_in_the_request(
    open_registry: Open, tmp_path: Path
) -> None:
    root = tmp_path / "artifacts"
    seen = {"artifact_verification": "filesystem", "artifact_root": str(root)}
    bounds = {"artifact_inline_max_bytes": len(CONTENT) - 1, "artifact_verification_seconds": 1}
    async with open_registry(**seen, **bounds) as registry:
        build = await registry.build()
        put(root, build)

        answer = await registry.register(build, "large")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize("bundle", [b"", None])
async def test_how_an_artifact_is_signed_is_told(
    open_registry: Open, tmp_path: Path, bundle: bytes | None
) -> None:
    root = tmp_path / "artifacts"
    async with open_registry(**signing(root, "optional")) as registry:
        build = await registry.build()
        put(root, build)
        if bundle is not None:
            put(root, build, bundle, ".sigstore.json")

        made = (await registry.register(build)).json()
        answer = await registry.ci.get(f"/v1/builds/{made['id']}/provenance")

    state = "absent" if bundle is None else "failed"
    assert answer.json() == IsPartialDict(
        verification="verified", signature=IsPartialDict(state=state)
    )


@pytest.mark.parametrize("bundle", [b"{}", None])
async def test_a_signature_may_be_required(
    open_registry: Open, tmp_path: Path, bundle: bytes | None
) -> None:
    root = tmp_path / "artifacts"
    async with open_registry(**signing(root, "required")) as registry:
        build = await registry.build()
        put(root, build)
        if bundle is not None:
            put(root, build, bundle, ".sigstore.json")

        answer = await registry.register(build)

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_ARTIFACT")
    assert "no valid signature" in answer.json()["message"]

"""What is signed about an artifact lies beside it, is noted, and may be required."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from deltaci.artifact_places import parse_artifact
from deltaci.artifacts.built import FolderArtifacts
from deltaci.artifacts.port import InvalidSignatureError, Signer
from deltaci.bootstrap import build_examiner
from deltaci.builds.examine import Examiner
from deltaci.builds.signature import BUNDLE_MAX_BYTES, STATEMENTS_MAX, SignatureCheck
from deltaci.errors import InvalidArtifactError
from deltaci.settings import Settings
from deltaci.wire.orchestration import VerificationOrder
from deltaci.wire.provenance import ProvenSignature, Signature

CONTENT = b"zipped"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
PLACE = parse_artifact("s3://artifacts/shop.zip")
SIGNED = ProvenSignature(state=Signature.VERIFIED, identity="ci", issuer="https://issuer.test")


class FakeVerifier:
    """Takes a digest for the bundle that proves it."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    def verify(self, sha256: str, bundle: bytes) -> Signer:
        self.seen.append(bundle)
        if bundle != sha256.encode():
            raise InvalidSignatureError("it is of another artifact")
        return Signer("ci", "https://issuer.test")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "artifacts"
    folder.mkdir()
    (folder / "shop.zip").write_bytes(CONTENT)
    return folder


def check(folder: Path, *, is_required: bool = False) -> SignatureCheck:
    return SignatureCheck(FolderArtifacts(folder.parent), FakeVerifier(), is_required)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("shop.zip.sigstore.json", DIGEST, SIGNED),
        ("shop.zip.intoto.jsonl", f"another\n\n{DIGEST}\n", SIGNED),
        ("shop.zip.sigstore", DIGEST, ProvenSignature(state=Signature.ABSENT)),
        (
            "shop.zip.sigstore.json",
            "another",
            ProvenSignature(
                state=Signature.FAILED, reason="sigstore.json: it is of another artifact"
            ),
        ),
        (
            "shop.zip.intoto.jsonl",
            "\n",
            ProvenSignature(state=Signature.FAILED, reason="intoto.jsonl: it is empty"),
        ),
        (
            "shop.zip.sigstore.json",
            "x" * (BUNDLE_MAX_BYTES + 1),
            ProvenSignature(
                state=Signature.FAILED, reason="sigstore.json: it is larger than 1048576 bytes"
            ),
        ),
    ],
)
async def test_what_lies_beside_is_noted(
    folder: Path, name: str, content: str, found: ProvenSignature
) -> None:
    (folder / name).write_text(content)

    assert await check(folder).check(PLACE, DIGEST) == found
    if found.state is Signature.VERIFIED:
        assert await check(folder, is_required=True).check(PLACE, DIGEST) == found
        return
    with pytest.raises(InvalidArtifactError, match="no valid signature"):
        await check(folder, is_required=True).check(PLACE, DIGEST)


async def test_one_file_that_proves_it_is_enough(folder: Path) -> None:
    (folder / "shop.zip.sigstore.json").write_text("another")
    (folder / "shop.zip.intoto.jsonl").write_text(DIGEST)

    assert await check(folder).check(PLACE, DIGEST) == SIGNED


async def test_only_some_of_many_statements_are_looked_at(folder: Path) -> None:
    (folder / "shop.zip.intoto.jsonl").write_text("x\n" * 1000 + DIGEST)
    verifier = FakeVerifier()
    checking = SignatureCheck(FolderArtifacts(folder.parent), verifier, is_required=False)

    assert (await checking.check(PLACE, DIGEST)).state is Signature.FAILED
    assert len(verifier.seen) == STATEMENTS_MAX


async def test_the_facts_of_an_artifact_say_it(folder: Path) -> None:
    (folder / "shop.zip.sigstore.json").write_text(DIGEST)
    examiner = Examiner(FolderArtifacts(folder.parent), Settings(), check(folder))

    facts = await examiner.examine(
        VerificationOrder(artifact_ref="s3://artifacts/shop.zip"), lambda: None
    )

    assert facts is not None
    assert facts.signature == {
        "state": "verified",
        "identity": "ci",
        "issuer": "https://issuer.test",
    }


LOOKS: dict[str, Any] = {"artifact_verification": "filesystem", "artifact_root": "artifacts"}
SIGNERS: dict[str, Any] = {
    "artifact_signer_identities": "https://github.com/acme/*",
    "artifact_signer_issuer": "https://issuer.test",
}


def test_settings_choose_whether_signatures_are_looked_for() -> None:
    assert build_examiner(Settings(**LOOKS, **SIGNERS, artifact_provenance="required")) is not None


@pytest.mark.parametrize(
    "wrong",
    [
        SIGNERS,
        LOOKS,
        LOOKS | SIGNERS | {"artifact_signer_issuer": ""},
        LOOKS | SIGNERS | {"artifact_signer_identities": " , "},
    ],
)
def test_settings_that_would_let_anybody_sign_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"artifact_(provenance|signer)"):
        Settings(**wrong, artifact_provenance="optional")

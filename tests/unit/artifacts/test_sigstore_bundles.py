"""The Sigstore adapter, without any service: strangers' bundles prove nothing, and break nothing.

What the public instance signs cannot be made here; that path is the library's own.
"""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from deltaci.artifacts import signatures
from deltaci.artifacts.port import InvalidSignatureError
from deltaci.artifacts.signatures import SignerPolicy, SigstoreVerifier
from deltaci.errors import UnavailableError
from deltaci.testing.sigstore_root import public_root

CONTENT = b"zipped"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
IDENTITY = "https://github.com/acme/shop/.github/workflows/release.yml@refs/heads/main"
ISSUER = "https://token.actions.githubusercontent.com"
ISSUER_OID = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1")


@pytest.fixture(scope="module")
def verifier() -> SigstoreVerifier:
    return SigstoreVerifier(["https://github.com/acme/*"], ISSUER, public_root())


def certificate(
    key: ec.EllipticCurvePrivateKey, *, identity: str = IDENTITY, issuer: str = ISSUER
) -> x509.Certificate:
    """A certificate that says what Sigstore's would, and that nobody vouches for."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mallory")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(minutes=5))
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity)]), critical=True
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .add_extension(x509.UnrecognizedExtension(ISSUER_OID, issuer.encode()), critical=False)
        .sign(key, hashes.SHA256())
    )


def text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def own_bundle(**changes: Any) -> bytes:
    """A whole bundle of a right signature, made by somebody whom no trusted root knows."""
    key = ec.generate_private_key(ec.SECP256R1())
    signature = key.sign(CONTENT, ec.ECDSA(hashes.SHA256()))
    proof = {
        "logIndex": "1",
        "rootHash": text(b"r" * 32),
        "treeSize": "2",
        "hashes": [text(b"h" * 32)],
        "checkpoint": {"envelope": "rekor.example.test\n2\ncg==\n\n- rekor.example.test AAAA\n"},
    }
    entry = {
        "logIndex": "1",
        "logId": {"keyId": text(b"k" * 32)},
        "kindVersion": {"kind": "hashedrekord", "version": "0.0.1"},
        "integratedTime": str(int(datetime.now(UTC).timestamp())),
        "inclusionPromise": {"signedEntryTimestamp": text(b"s")},
        "inclusionProof": proof,
        "canonicalizedBody": text(b"{}"),
    }
    made = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {
            "certificate": {"rawBytes": text(certificate(key).public_bytes(Encoding.DER))},
            "tlogEntries": [entry],
        },
        "messageSignature": {
            "messageDigest": {
                "algorithm": "SHA2_256",
                "digest": text(hashlib.sha256(CONTENT).digest()),
            },
            "signature": text(signature),
        },
    }
    return json.dumps(made | changes).encode()


@pytest.mark.parametrize(
    "bundle",
    [
        b"",
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b"{}",
        b'{"mediaType": 1}',
        b"[" * 100_000,
        b'{"a":' * 20_000,
        own_bundle(mediaType="application/vnd.dev.sigstore.bundle+json;version=99"),
        own_bundle(verificationMaterial={}),
        own_bundle(verificationMaterial={"certificate": {"rawBytes": "AAAA"}}),
        own_bundle(messageSignature=None),
        own_bundle(messageSignature={"signature": "!"}),
    ],
)
def test_what_is_no_bundle_proves_nothing(verifier: SigstoreVerifier, bundle: bytes) -> None:
    with pytest.raises(InvalidSignatureError) as refused:
        verifier.verify(DIGEST, bundle)

    assert str(refused.value).isprintable()
    assert len(str(refused.value)) <= signatures.REASON_MAX_CHARACTERS


def test_a_right_signature_of_somebody_unknown_proves_nothing(verifier: SigstoreVerifier) -> None:
    with pytest.raises(InvalidSignatureError, match=r"certificate chain: .* exhausted"):
        verifier.verify(DIGEST, own_bundle())


@pytest.mark.parametrize(
    ("signed", "counts"),
    [
        ({}, True),
        ({"identity": "https://github.com/acme-evil/shop"}, False),
        ({"issuer": "https://issuer.example.test"}, False),
    ],
)
def test_only_named_signers_of_the_issuer_count(signed: dict[str, str], counts: bool) -> None:
    from sigstore.errors import VerificationError  # noqa: PLC0415 - an optional extra

    policy = SignerPolicy(["https://github.com/acme/*"], ISSUER)
    shown = certificate(ec.generate_private_key(ec.SECP256R1()), **signed)

    if counts:
        policy.verify(shown)
        assert policy.identity_of(shown) == IDENTITY
    else:
        with pytest.raises(VerificationError):
            policy.verify(shown)


STATEMENT = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"digest": {"sha512": "0"}}, {"digest": {"sha256": DIGEST}}],
    "predicateType": "https://slsa.dev/provenance/v1",
}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        ({"_type": "https://example.test/"}, "no in-toto statement"),
        ({"subject": []}, "nothing about this artifact"),
        ({"subject": [{"digest": {"sha256": "0" * 64}}]}, "nothing about this artifact"),
        ({"predicateType": "https://spdx.dev/Document"}, "no SLSA provenance"),
    ],
)
def test_a_statement_has_to_be_provenance_of_this_artifact(
    changes: dict[str, Any], problem: str | None
) -> None:
    payload = json.dumps(STATEMENT | changes).encode()

    if problem is None:
        stated = signatures._predicate(DIGEST, signatures.STATEMENT, payload)
        assert stated == STATEMENT["predicateType"]
        return
    with pytest.raises(InvalidSignatureError, match=problem):
        signatures._predicate(DIGEST, signatures.STATEMENT, payload)
    with pytest.raises(InvalidSignatureError, match="no in-toto statement"):
        signatures._predicate(DIGEST, "text/plain", payload)


def test_a_trusted_root_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "root.json"
    broken.write_text("{}")

    for path in (broken, tmp_path / "absent.json"):
        with pytest.raises(UnavailableError, match="trusted root"):
            SigstoreVerifier(["*"], ISSUER, str(path)).verify(DIGEST, own_bundle())

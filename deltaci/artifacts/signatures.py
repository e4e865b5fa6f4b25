"""Sigstore bundles about artifacts (extra `provenance`)."""

import json
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from deltaci.artifacts.port import InvalidSignatureError, Signer
from deltaci.errors import UnavailableError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from sigstore.models import Bundle
    from sigstore.verify import Verifier

STATEMENT = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/"
PROVENANCE = "https://slsa.dev/provenance/"
REASON_MAX_CHARACTERS = 300


class SigstoreVerifier:
    """Accepts an artifact's own signature, or a SLSA provenance statement that names it."""

    def __init__(self, identities: Sequence[str], issuer: str, trust_root: str = "") -> None:
        self._policy = SignerPolicy(identities, issuer)
        self._trust_root = trust_root
        self._verifier: Verifier | None = None

    def verify(self, sha256: str, bundle: bytes) -> Signer:
        """See SignatureVerifier. The public instance's trusted root is fetched at the first use."""
        from sigstore.errors import Error, VerificationError  # noqa: PLC0415 - an optional extra

        verifier = self._loaded()
        try:
            parsed = _parsed(bundle)
            predicate = self._judged(verifier, sha256, parsed)
            certificate = parsed.signing_certificate
            return Signer(self._policy.identity_of(certificate), self._policy.issuer, predicate)
        except (Error, VerificationError) as error:
            raise InvalidSignatureError(_reason(error)) from error
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # A stranger's bundle meets parsers that promise nothing about what they raise.
            raise InvalidSignatureError(f"it cannot be read: {type(error).__name__}") from error

    def _judged(self, verifier: "Verifier", sha256: str, bundle: "Bundle") -> str | None:
        from sigstore.hashes import Hashed  # noqa: PLC0415 - an optional extra
        from sigstore_models.common.v1 import HashAlgorithm  # noqa: PLC0415 - an optional extra

        if bundle._dsse_envelope is not None:  # noqa: SLF001 - the library tells it nowhere else
            return _predicate(sha256, *verifier.verify_dsse(bundle, self._policy))
        digest = Hashed(algorithm=HashAlgorithm.SHA2_256, digest=bytes.fromhex(sha256))
        verifier.verify_artifact(digest, bundle, self._policy)
        return None

    def _loaded(self) -> "Verifier":
        if self._verifier is None:
            from sigstore.errors import Error  # noqa: PLC0415 - an optional extra
            from sigstore.models import TrustedRoot  # noqa: PLC0415 - an optional extra
            from sigstore.verify import Verifier  # noqa: PLC0415 - an optional extra

            try:
                if self._trust_root:
                    root = TrustedRoot.from_file(self._trust_root)
                    self._verifier = Verifier(trusted_root=root)
                else:
                    self._verifier = Verifier.production()
            except (Error, OSError, ValueError, LookupError) as error:
                raise UnavailableError("Sigstore's trusted root cannot be read") from error
        return self._verifier


class SignerPolicy:
    """Who may sign: an identity like one of these, for whom this issuer vouched."""

    def __init__(self, identities: Sequence[str], issuer: str) -> None:
        self._identities = tuple(identities)
        self.issuer = issuer

    def verify(self, cert: "Certificate") -> None:
        """Raise Sigstore's VerificationError for a certificate of somebody else."""
        from sigstore.errors import VerificationError  # noqa: PLC0415 - an optional extra
        from sigstore.verify.policy import OIDCIssuer  # noqa: PLC0415 - an optional extra

        OIDCIssuer(self.issuer).verify(cert)
        if not self._matching(cert):
            raise VerificationError("it is signed by somebody who does not count")

    def identity_of(self, cert: "Certificate") -> str:
        """Return the identity that counts, of a certificate that was verified."""
        return self._matching(cert)[0]

    def _matching(self, cert: "Certificate") -> list[str]:
        from cryptography import x509  # noqa: PLC0415 - an optional extra

        names = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        identities = [
            *names.get_values_for_type(x509.UniformResourceIdentifier),
            *names.get_values_for_type(x509.RFC822Name),
        ]
        return [
            identity
            for identity in identities
            if any(fnmatchcase(identity, pattern) for pattern in self._identities)
        ]


def _parsed(bundle: bytes) -> "Bundle":
    from sigstore.models import Bundle  # noqa: PLC0415 - an optional extra

    try:
        return Bundle.from_json(bundle)
    except RecursionError as error:
        raise InvalidSignatureError("it is nested too deeply") from error


def _predicate(sha256: str, payload_type: str, payload: bytes) -> str:
    """Return what a verified statement states, if it is provenance of this very artifact."""
    if payload_type != STATEMENT:
        raise InvalidSignatureError("it signs no in-toto statement")
    statement: Any = json.loads(payload)
    if not str(statement["_type"]).startswith(STATEMENT_TYPE):
        raise InvalidSignatureError("it signs no in-toto statement")
    digests = [subject["digest"].get("sha256") for subject in statement["subject"]]
    if sha256 not in digests:
        raise InvalidSignatureError("it states nothing about this artifact")
    predicate = str(statement["predicateType"])
    if not predicate.startswith(PROVENANCE) or not predicate.isprintable():
        raise InvalidSignatureError("it states no SLSA provenance")
    return predicate[:REASON_MAX_CHARACTERS]


def _reason(error: Exception) -> str:
    """Return the library's words on one harmless line; they may quote the bundle."""
    words = " ".join(str(error).split())
    shown = "".join(char if char.isprintable() else "?" for char in words)
    return shown[:REASON_MAX_CHARACTERS] or type(error).__name__

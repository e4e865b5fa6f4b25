"""What a caller claims of a build, checked as far as the request alone allows (spec §1.1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from deltaci.artifact_places import ArtifactPlace, listed, parse_artifact, parse_prefix
from deltaci.builds.semver import is_version
from deltaci.errors import InvalidArtifactError, InvalidRequestError, InvalidVersionError
from deltaci.settings import Settings
from deltaci.store.tables import Product
from deltaci.wire.builds import RegisterBuild

GIT_SHA = re.compile(r"[0-9A-Fa-f]{7,64}")
S3 = "s3"
S3_SUFFIX = ".zip"


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that is possible; whether it is true is another matter."""

    request: RegisterBuild
    place: ArtifactPlace
    built_at: datetime
    sha256: str | None


def canonical(request: RegisterBuild) -> dict[str, str]:
    """Return what makes a request the same as another: each declared field that was given.

    Runs of whitespace, the zone of a moment and the case of a digest make no difference.
    """
    given = request.model_dump(mode="json", exclude_none=True)
    texts = {name: " ".join(str(value).split()) for name, value in given.items()}
    for name in ("sha256", "checksum_sha256"):
        if name in texts:
            texts[name] = texts[name].lower()
    moment = _moment(request.built_at)
    return texts | ({"built_at": moment.isoformat()} if moment else {})


def check_claim(
    request: RegisterBuild, product: Product, settings: Settings, *, is_kept: bool = False
) -> Claim:
    """Check everything about a request, in the contract's order.

    Rules about places are for those of others: what `is_kept` lies in our own store. Raises
    InvalidVersionError, InvalidRequestError, InvalidArtifactError.
    """
    if not is_version(request.version):
        raise InvalidVersionError
    if settings.build_git_sha_is_hex and not GIT_SHA.fullmatch(request.git_sha):
        raise _invalid("git_sha", "is not 7 to 64 hexadecimal digits", "INVALID_GIT_SHA")
    built_at = _moment(request.built_at)
    if built_at is None:
        raise _invalid("built_at", "is not ISO 8601 with an offset", "INVALID_TIMESTAMP")
    place = _parsed(request) if is_kept else _place(request, product, settings)
    digest = _digest(request)
    for name in ("commit_url", "run_url"):
        _check_url(name, getattr(request, name))
    return Claim(request, place, built_at, digest)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _place(request: RegisterBuild, product: Product, settings: Settings) -> ArtifactPlace:
    place = _parsed(request)
    if place.scheme not in listed(settings.artifact_ref_schemes):
        raise InvalidArtifactError(f"artifactRef must begin with {settings.artifact_ref_schemes}")
    if place.scheme == S3 and not place.key.endswith(S3_SUFFIX):
        raise InvalidArtifactError(f"the key of artifactRef must end with {S3_SUFFIX}")
    said = {"s3Bucket": request.s3Bucket, "s3Key": request.s3Key}
    named = {"s3Bucket": place.bucket, "s3Key": place.key}
    _require_agreement(said, named, "artifactRef")
    for sources in (listed(settings.artifact_sources), product.artifact_sources):
        if sources and not any(place.is_within(parse_prefix(source)) for source in sources):
            raise InvalidArtifactError("artifactRef is not in a place that is allowed")
    return place


def _parsed(request: RegisterBuild) -> ArtifactPlace:
    try:
        return parse_artifact(request.artifactRef)
    except ValueError as error:
        raise InvalidArtifactError(f"artifactRef cannot be read: {error}") from error


def _digest(request: RegisterBuild) -> str | None:
    checksum, digest = (
        value and value.lower() for value in (request.checksum_sha256, request.sha256)
    )
    if checksum and digest:
        _require_agreement({"checksum_sha256": checksum}, {"checksum_sha256": digest}, "sha256")
    return digest or checksum


def _require_agreement(said: Mapping[str, Any], named: Mapping[str, Any], where: str) -> None:
    for name, value in said.items():
        if value is not None and value != named[name]:
            raise InvalidArtifactError(f"{name} and {where} contradict each other")


def _check_url(name: str, url: str | None) -> None:
    if url is not None and not _is_web_address(url):
        raise _invalid(name, "is not an http or https address", "INVALID_URL")


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False
    return is_whole and url.isprintable() and " " not in url


def _invalid(field: str, problem: str, reason: str) -> InvalidRequestError:
    """Name the field as the schema's own faults are named (spec §0, row 1)."""
    return InvalidRequestError(f"{field} {problem}", invalid_fields=[field], reason=reason)

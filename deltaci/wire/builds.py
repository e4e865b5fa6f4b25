"""Build registration (seed «DXCP CI Build Registration», spec §1): requests and answers."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from deltaci.wire.values import LenientModel, Timestamp, WireModel


def _text_of_number(value: Any) -> Any:
    """CI systems number their runs; the contract wants a text."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number else value


Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Sha256 = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Fa-f0-9]{64}$")]


class RegisterBuild(LenientModel):
    """`POST /v1/builds/register`: certify that an existing artifact is a version of a service."""

    service: Word
    version: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """Not stripped: what is registered is what is deployed."""
    artifactRef: Address  # noqa: N815 - the contract spells it so
    git_sha: Word
    git_branch: Line
    ci_provider: Word
    ci_run_id: Annotated[Word, BeforeValidator(_text_of_number)]
    built_at: Word
    """ISO 8601 with an offset; kept in UTC."""
    commit_url: Address | None = None
    run_url: Address | None = None
    checksum_sha256: Sha256 | None = None
    repo: Line | None = None
    actor: Line | None = None
    sha256: Sha256 | None = None
    sizeBytes: Annotated[int, Field(ge=1, lt=2**63)] | None = None  # noqa: N815 - as above
    contentType: Line | None = None  # noqa: N815 - as above
    s3Bucket: Word | None = None  # noqa: N815 - as above
    s3Key: Address | None = None  # noqa: N815 - as above


class BuildView(WireModel):
    """A registered build (spec §1.2). Absent values are null, as the contract has them."""

    id: str
    service: str
    version: str
    artifactRef: str  # noqa: N815 - the contract spells it so
    git_sha: str
    git_branch: str
    ci_provider: str
    ci_run_id: str
    built_at: Timestamp
    sha256: str | None
    sizeBytes: int | None  # noqa: N815 - as above
    contentType: str | None  # noqa: N815 - as above
    checksum_sha256: str | None
    repo: str | None
    actor: str | None
    ci_publisher: str
    """The name of the publisher that admitted the caller."""
    commit_url: str | None
    run_url: str | None
    registeredAt: Timestamp  # noqa: N815 - as above


class BuildPage(WireModel):
    """One page of registered builds, newest first; `next_cursor` is null on the last."""

    builds: list[BuildView]
    next_cursor: str | None = None


class ServiceView(WireModel):
    """A service that builds can be registered for."""

    service_name: str
    description: str
    allowed_artifact_sources: list[str]
    allowed_repositories: list[str]
    created_at: Timestamp


class ServiceList(WireModel):
    """All services by name."""

    services: list[ServiceView]


class AddService(LenientModel):
    """`POST /v1/services`, an extension: make a service known."""

    service_name: Annotated[
        str, StringConstraints(max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")
    ]
    description: Annotated[str, StringConstraints(max_length=500)] = ""
    allowed_artifact_sources: Annotated[list[Address], Field(max_length=100)] = []
    allowed_repositories: Annotated[list[Line], Field(max_length=100)] = []
    """Whose builds it takes; empty means any. A caller's `repo` is its publisher's word."""


class VersionView(WireModel):
    """One version of a service, and whether it may be deployed."""

    version: str
    artifactRef: str  # noqa: N815 - the contract spells it so
    sizeBytes: int | None  # noqa: N815 - as above
    lastModified: Timestamp  # noqa: N815 - as above
    registered: bool


class VersionList(WireModel):
    """The versions of a service: releases above prereleases, newest first."""

    service: str
    source: str
    versions: list[VersionView]
    refreshedAt: Timestamp  # noqa: N815 - as above


class Refusal(WireModel):
    """Every error answer of `/v1` (spec §1.5)."""

    code: str
    error_code: str
    failure_cause: str
    """`USER_ERROR`, `POLICY_CHANGE` or `UNKNOWN`: whether the caller, an admin or nobody knows."""
    message: str
    request_id: str
    details: dict[str, Any] | None = None

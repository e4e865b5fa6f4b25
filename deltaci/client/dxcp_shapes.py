"""The answers of `/v1` as the command line reads them; see `deltaci.client.shapes`."""

from typing import Any, NotRequired, TypedDict


class Build(TypedDict):
    """`deltaci.wire.builds.BuildView`."""

    id: str
    service: str
    version: str
    artifactRef: str
    git_sha: str
    git_branch: str
    ci_provider: str
    ci_run_id: str
    built_at: str
    sha256: str | None
    sizeBytes: int | None
    contentType: str | None
    checksum_sha256: str | None
    repo: str | None
    actor: str | None
    ci_publisher: str
    commit_url: str | None
    run_url: str | None
    registeredAt: str


class ProvenJob(TypedDict):
    """`deltaci.wire.provenance.ProvenJob`."""

    name: str
    run_id: str
    required: bool
    state: str
    attempts: int
    reused_from: NotRequired[str]


class ProvenTrigger(TypedDict):
    """`deltaci.wire.provenance.ProvenTrigger`."""

    provider: str
    event_type: str
    sender: str


class ProvenRun(TypedDict):
    """`deltaci.wire.provenance.ProvenRun`."""

    run_id: str
    repo_id: str
    ref: str
    commit_sha: str
    kind: str
    created_by: str
    finished_at: NotRequired[str]
    plan_id: str
    plan_source: str
    plan_fingerprint: str
    trigger: NotRequired[ProvenTrigger]
    jobs: list[ProvenJob]


class ProvenArtifact(TypedDict):
    """`deltaci.wire.provenance.ProvenArtifact`."""

    artifact_id: int
    job: str
    path: str
    sha256: str
    size_bytes: int


class ProvenSignature(TypedDict):
    """`deltaci.wire.provenance.ProvenSignature`."""

    state: str
    identity: NotRequired[str]
    issuer: NotRequired[str]
    predicate_type: NotRequired[str]
    reason: NotRequired[str]


class Provenance(TypedDict):
    """`deltaci.wire.provenance.ProvenanceView`."""

    build_id: str
    service: str
    version: str
    verification: str
    signature: ProvenSignature
    run: NotRequired[ProvenRun]
    artifact: NotRequired[ProvenArtifact]


class BuildPage(TypedDict):
    """`deltaci.wire.builds.BuildPage`."""

    builds: list[Build]
    next_cursor: str | None


class Service(TypedDict):
    """`deltaci.wire.builds.ServiceView`."""

    service_name: str
    description: str
    allowed_artifact_sources: list[str]
    allowed_repositories: list[str]
    created_at: str


class ServiceList(TypedDict):
    """`deltaci.wire.builds.ServiceList`."""

    services: list[Service]


class CiPublisher(TypedDict):
    """`deltaci.wire.governance.CiPublisher`."""

    name: str
    provider: str
    issuers: NotRequired[list[str]]
    audiences: NotRequired[list[str]]
    authorized_party_azp: NotRequired[list[str]]
    subjects: NotRequired[list[str]]
    subject_prefixes: NotRequired[list[str]]
    emails: NotRequired[list[str]]
    description: NotRequired[str]
    owner: NotRequired[str]
    links: NotRequired[list[str]]


class CiPublisherList(TypedDict):
    """`deltaci.wire.governance.CiPublisherList`."""

    publishers: list[CiPublisher]
    source: str
    version: int


class PublisherVerdict(TypedDict):
    """`deltaci.wire.governance.PublisherVerdict`."""

    name: str
    matches: bool
    unmet: list[str]


class PublisherTrial(TypedDict):
    """`deltaci.wire.governance.PublisherTrial`."""

    ci_publisher: str | None
    publishers: list[PublisherVerdict]


class CatalogChange(TypedDict):
    """`deltaci.wire.catalog_document.CatalogChange`."""

    path: str
    before: Any
    after: Any


class CatalogDifference(TypedDict):
    """`deltaci.wire.catalog_document.CatalogDifference`."""

    changes: list[CatalogChange]
    applied: bool

"""`GET /v1/builds/{id}/provenance`, an extension: what is known of how a build was made."""

from enum import StrEnum

from deltaci.states import JobState
from deltaci.wire.values import OmitsAbsent, Timestamp, WireModel


class Signature(StrEnum):
    """How the signed statement about an artifact was found."""

    OFF = "off"
    """Nobody looked for one."""
    ABSENT = "absent"
    VERIFIED = "verified"
    FAILED = "failed"


class ProvenJob(OmitsAbsent):
    """A job that the run carried out, took over, or left as an earlier run of the commit ended."""

    name: str
    run_id: str
    required: bool
    state: JobState
    attempts: int
    reused_from: str | None = None


class ProvenTrigger(WireModel):
    """The forge's event that the run was for."""

    provider: str
    event_type: str
    sender: str


class ProvenRun(OmitsAbsent):
    """Our run that made the build, as it was when the build was registered."""

    run_id: str
    repo_id: str
    ref: str
    commit_sha: str
    kind: str
    created_by: str
    finished_at: Timestamp | None = None
    plan_id: str
    plan_source: str
    plan_fingerprint: str
    trigger: ProvenTrigger | None = None
    jobs: list[ProvenJob]


class ProvenArtifact(OmitsAbsent):
    """The file that a job of the run stored; we computed its digest when it arrived."""

    artifact_id: int
    job: str
    path: str
    sha256: str
    size_bytes: int


class ProvenSignature(OmitsAbsent):
    """The signed statement beside the artifact."""

    state: Signature
    identity: str | None = None
    issuer: str | None = None
    predicate_type: str | None = None
    """What an in-toto statement states, such as `https://slsa.dev/provenance/v1`."""
    reason: str | None = None
    """Why it does not count."""


class ProvenanceView(OmitsAbsent):
    """What is known of how a build was made, and how its artifact was looked at."""

    build_id: str
    service: str
    version: str
    verification: str
    """`off`: digest, size and type are the caller's word. `verified`: they are what we found."""
    signature: ProvenSignature
    run: ProvenRun | None = None
    artifact: ProvenArtifact | None = None

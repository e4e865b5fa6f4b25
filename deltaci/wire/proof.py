"""`GET /v1/deployments/{id}/proof`, an extension: why this version could enter this environment.

The same document is the predicate of an in-toto statement (`predicateType`
`urn:delta-ci:deployment-proof:v1`), in a DSSE envelope.
"""

from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from deltaci.states import DeploymentState, JobState, RunState
from deltaci.wire.deployments import DeploymentKind
from deltaci.wire.values import OmitsAbsent, Timestamp, WireModel

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "urn:delta-ci:deployment-proof:v1"


class ProofFormat(StrEnum):
    """How a proof is shown."""

    PLAIN = "plain"
    IN_TOTO = "in-toto"


class ProvenDeployment(OmitsAbsent):
    """What was asked for, and how it stands."""

    id: str
    service: str
    version: str
    environment: str
    kind: DeploymentKind
    state: DeploymentState
    asked_by: str
    asked_at: Timestamp
    ended_at: Timestamp | None = None
    change_summary: str
    source_environment: str | None = None
    rollback_of: str | None = None


class ProvenRegistration(OmitsAbsent):
    """What made the version deployable."""

    build_id: str
    artifact_ref: str
    sha256: str | None = None
    artifact_verified: bool
    """Whether we looked at the artifact, rather than taking the caller's word for its digest."""
    git_sha: str
    git_branch: str
    ci_provider: str
    ci_run_id: str
    ci_publisher: str
    registered_by: str
    registered_at: Timestamp


class ProvenStep(OmitsAbsent):
    """A job of the run that made the build."""

    name: str
    required: bool
    state: JobState
    attempts: int
    reason: str
    """Why it was in the plan."""
    reused_from: str | None = None


class ProvenSkip(WireModel):
    """A job that the repository has and the change did not need."""

    name: str
    reason: str


class ProvenPlan(OmitsAbsent):
    """What decided which jobs there were."""

    plan_id: str
    source: str
    fingerprint: str | None = None
    """Over the files that define the build."""
    explain: str
    skipped_jobs: list[ProvenSkip]


class ProvenBuildRun(OmitsAbsent):
    """Our run that made the build."""

    run_id: str
    repo_id: str
    ref: str
    commit_sha: str
    state: RunState
    original_run_id: str | None = None
    finished_at: Timestamp | None = None
    plan: ProvenPlan | None = None
    jobs: list[ProvenStep]


class ProvenRecipe(WireModel):
    """How it was carried out: the recipe's revision, and a digest of what that said."""

    id: str
    revision: int
    summary: str
    sha256: str


class ProvenDecision(WireModel):
    """One decision: what was known, and what was said."""

    kind: str
    actor: str
    at: Timestamp
    inputs: dict[str, Any]
    verdict: dict[str, Any]


class ProvenPolicy(WireModel):
    """The guardrails as they counted then, and every decision by them."""

    group_id: str
    snapshot: dict[str, Any]
    decisions: list[ProvenDecision]


class ProvenApproval(WireModel):
    """Who said what about the deployment."""

    actor: str
    role: str
    verdict: str
    at: Timestamp


class Proof(OmitsAbsent):
    """The way back from a deployment to the change. `gaps` says what of it is not known."""

    deployment: ProvenDeployment
    registration: ProvenRegistration | None = None
    run: ProvenBuildRun | None = None
    recipe: ProvenRecipe
    policy: ProvenPolicy
    approvals: list[ProvenApproval]
    complete: bool
    """Whether there are no gaps."""
    gaps: list[str]
    issued_at: Timestamp


class ResourceDescriptor(WireModel):
    """What a statement is about."""

    name: str
    digest: dict[str, str]


class Statement(WireModel):
    """An in-toto Statement v1 about the artifact that was deployed."""

    type_: Annotated[Literal["https://in-toto.io/Statement/v1"], Field(alias="_type")] = (
        STATEMENT_TYPE
    )
    subject: list[ResourceDescriptor]
    predicateType: Literal["urn:delta-ci:deployment-proof:v1"] = (  # noqa: N815 - in-toto's spelling
        PREDICATE_TYPE
    )
    predicate: Proof


class EnvelopeSignature(WireModel):
    """One signature; `keyid` is the SHA-256 of the public key (SubjectPublicKeyInfo, DER)."""

    keyid: str
    sig: str


class Envelope(WireModel):
    """A DSSE envelope; without a configured key there are no signatures."""

    payloadType: str  # noqa: N815 - DSSE's spelling
    payload: str
    """Canonical JSON (RFC 8785) of the statement, in base64."""
    signatures: list[EnvelopeSignature]

"""Write a registration: the row that makes a version deployable, and that it was made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deltaci.builds.claim import Claim
from deltaci.builds.inspect import Findings
from deltaci.builds.provenance import SIGNATURE
from deltaci.core import Core
from deltaci.errors import BuildConflictError
from deltaci.governance.claims import actor_of
from deltaci.identity.principal import Principal
from deltaci.ids import new_build_id
from deltaci.store import audit
from deltaci.store.catalog import ensure_version
from deltaci.store.database import Transaction
from deltaci.store.registry import claim_registration, find_registration
from deltaci.store.tables import Registration
from deltaci.wire.builds import RegisterBuild


@dataclass(frozen=True, slots=True)
class Call:
    """One call: who makes it, under which key, and in which request."""

    caller: Principal
    key: str | None
    request_id: str = ""

    def told(self, service: str, version: str) -> dict[str, Any]:
        """Return what an audit event says of a call about a version, done or refused."""
        about = {"service": service, "version": version, "request_id": self.request_id}
        return about | actor_of(self.caller)


@dataclass(frozen=True, slots=True)
class Origin:
    """What we know ourselves of a build, because a run of ours made it."""

    run_id: str
    told: Mapping[str, Any]
    """The run as the registration keeps it."""
    kept: Findings | None = None
    """The artifact, when our own store has it and nobody need look."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Everything that a registration says: what was claimed and found, and who vouches for it."""

    claim: Claim
    findings: Findings
    publisher: str
    call: Call
    origin: Origin | None = None


async def record_registration(
    tx: Transaction, core: Core, certificate: Certificate
) -> tuple[Registration, bool]:
    """Insert the registration with its audit event, or return the one that was faster.

    The second value says whether it is this one.
    """
    row = _row(certificate, core.clock())
    if not await claim_registration(tx, row):
        winner = await find_registration(tx, row.product, row.version)
        assert winner is not None  # noqa: S101 - registrations are never deleted
        return winner, False
    await ensure_version(
        tx, row.product, row.version, row.git_sha, row.registered_by, row.registered_at
    )
    audit.record(
        tx,
        actor=row.registered_by,
        action=audit.Action.BUILD_REGISTERED,
        subject_kind="build",
        subject_id=row.id,
        at=row.registered_at,
        artifact_ref=row.artifact_ref,
        publisher=row.ci_publisher,
        **({"run_id": row.run_id} if row.run_id else {}),
        **certificate.call.told(row.product, row.version),
    )
    return row, True


def _row(certificate: Certificate, now: datetime) -> Registration:
    claim, findings, origin = certificate.claim, certificate.findings, certificate.origin
    request = claim.request
    return Registration(
        id=new_build_id(),
        product=request.service,
        version=request.version,
        artifact_ref=request.artifactRef,
        git_sha=request.git_sha,
        git_branch=request.git_branch,
        ci_provider=request.ci_provider,
        ci_run_id=request.ci_run_id,
        built_at=claim.built_at,
        commit_url=request.commit_url,
        run_url=request.run_url,
        checksum_sha256=request.checksum_sha256,
        repo=request.repo,
        actor=request.actor,
        sha256=findings.sha256,
        size_bytes=findings.size_bytes,
        content_type=findings.content_type,
        verification=findings.verification,
        provenance=_provenance(certificate),
        run_id=origin.run_id if origin else None,
        ci_publisher=certificate.publisher,
        registered_by=certificate.call.caller.id,
        registered_at=now,
    )


def _provenance(certificate: Certificate) -> dict[str, Any]:
    kept = dict(certificate.origin.told) if certificate.origin else {}
    if certificate.findings.signature is not None:
        kept[SIGNATURE] = dict(certificate.findings.signature)
    return kept


def require_equivalent(row: Registration, request: RegisterBuild) -> None:
    """Raise BuildConflictError unless it is the same artifact of the same commit (spec §1.4)."""
    if (row.artifact_ref, row.git_sha) != (request.artifactRef, request.git_sha):
        raise BuildConflictError(
            f"{row.product}/{row.version} is registered with another artifact or commit",
            service=row.product,
            version=row.version,
            existing_artifactRef=row.artifact_ref,
            existing_git_sha=row.git_sha,
        )

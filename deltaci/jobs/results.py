"""Keep what a runner reports beside the outcome: artifacts stored elsewhere, cache events."""

from datetime import datetime
from urllib.parse import urlsplit

from deltaci.store.database import Transaction
from deltaci.store.jobs import upload_named
from deltaci.store.tables import Artifact, Attempt, CacheEvent
from deltaci.wire.runner import CacheReport, CancelAck, Complete, ReportedArtifact

LINKABLE_SCHEMES = frozenset({"https", "s3", "gs", "az"})


async def record_results(
    tx: Transaction, attempt: Attempt, message: Complete | CancelAck, now: datetime
) -> None:
    """Record artifacts and caches of a completion; what is not acceptable is left out."""
    for artifact in message.artifacts:
        await _record_artifact(tx, attempt, artifact, now)
    caches = message.caches if isinstance(message, Complete) else []
    for cache in caches:
        _record_cache(tx, attempt, cache)


async def _record_artifact(
    tx: Transaction, attempt: Attempt, artifact: ReportedArtifact, now: datetime
) -> None:
    if not is_linkable(artifact.uri):
        return
    if await upload_named(tx, attempt.id, attempt.fence, artifact.uri):
        return
    tx.add(
        Artifact(
            attempt_id=attempt.id,
            fence=attempt.fence,
            type=artifact.type,
            name=artifact.uri,
            uri=artifact.uri,
            completed_at=now,
            created_at=now,
        )
    )
    await tx.flush()


def is_linkable(uri: str) -> bool:
    """Whether a runner's URI may be kept: a known scheme, a host, no credentials, no odd signs."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return (
        parts.scheme in LINKABLE_SCHEMES
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and uri.isprintable()
        and " " not in uri
    )


def _record_cache(tx: Transaction, attempt: Attempt, cache: CacheReport) -> None:
    if cache.type and cache.key:
        tx.add(
            CacheEvent(
                attempt_id=attempt.id,
                cache_type=cache.type,
                cache_key=cache.key,
                cache_hit=cache.hit,
                read_only=cache.read_only,
            )
        )

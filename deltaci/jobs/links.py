"""Addresses of logs and artifacts that are shown to people."""

from deltaci.core import Core
from deltaci.jobs.blob_keys import log_key
from deltaci.store.jobs import Work
from deltaci.store.tables import Artifact


def log_uri(core: Core, work: Work) -> str:
    """Where the attempt's log is: its object, or our own address of it."""
    ours = (
        f"{core.settings.public_url}/api/v1/runs/{work.run.id}/jobs/{work.job.id}"
        f"/logs?attempt={work.attempt.attempt_number}"
    )
    return core.blobs.location(log_key(work)) or ours


def artifact_uri(core: Core, artifact: Artifact) -> str:
    """Where an artifact is: what its runner said, its object, or our own address of it."""
    if artifact.uri is not None:
        return artifact.uri
    ours = f"{core.settings.public_url}/api/v1/artifacts/{artifact.id}"
    return core.blobs.location(artifact.blob_key or "") or ours

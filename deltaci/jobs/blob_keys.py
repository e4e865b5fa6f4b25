"""Where an attempt's files lie in the blob store (spec §7.2, with segments for attempt and lease).

A second lease of the same attempt writes beside the first one's files, never over them.
"""

import hashlib

from deltaci.store.jobs import Work


def log_key(work: Work) -> str:
    """The key of the current lease's log."""
    return f"{_folder(work)}/log.txt"


def artifact_key(work: Work, name: str) -> str:
    """The key of an uploaded artifact; its name is hostile and only ever hashed."""
    return f"{_folder(work)}/artifacts/{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def _folder(work: Work) -> str:
    attempt = work.attempt
    return (
        f"runs/{work.run.id}/jobs/{work.job.id}/attempts/{attempt.attempt_number}.{attempt.fence}"
    )

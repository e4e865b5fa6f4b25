"""Where an attempt's files lie in the blob store (spec §7.2, with segments for attempt and lease).

A second lease of the same attempt writes beside the first one's files, never over them.
"""

import hashlib
import secrets

from deltaci.store.jobs import Work


def log_key(work: Work) -> str:
    """The key of the current lease's log."""
    return f"{_folder(work)}/log.txt"


def fresh_artifact_key(work: Work, name: str) -> str:
    """A key for an upload that begins; its name is hostile and only ever hashed.

    Every beginning gets a key of its own, so nothing is left of an earlier one that went wrong.
    """
    digest = hashlib.sha256(name.encode()).hexdigest()[:32]
    return f"{_folder(work)}/artifacts/{digest}-{secrets.token_hex(4)}"


def _folder(work: Work) -> str:
    attempt = work.attempt
    return (
        f"runs/{work.run.id}/jobs/{work.job.id}/attempts/{attempt.attempt_number}.{attempt.fence}"
    )

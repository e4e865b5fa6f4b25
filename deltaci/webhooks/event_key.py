"""The idempotency key of an event, exactly as the contract derives it (seed «Idempotency»)."""

import hashlib


def event_key(repo_id: str, commit_sha: str, event_type: str, pr_number: int | None) -> str:
    """Return the lower-case hex SHA-256 of `repo_id|commit_sha|event_type|pr_number` (spec §3.4).

    The last part is empty when it is no pull request's. The ref is not part of it: the same commit
    pushed to a second branch is the same event.
    """
    number = "" if pr_number is None else str(pr_number)
    return hashlib.sha256(f"{repo_id}|{commit_sha}|{event_type}|{number}".encode()).hexdigest()

"""Whether a failed attempt is followed by another: central, bounded, by cause (spec §2.5). Pure."""

from deltaci.planner.model import JobPolicy

BACKOFF_MAX_SECONDS = 300


def may_retry(policy: JobPolicy, category: str, attempt_number: int) -> bool:
    """Whether attempt n is followed by another.

    It is when `policy.retries` is not used up and the cause is one that the policy retries.
    """
    return attempt_number <= policy.retries and category in policy.retry_on


def backoff_seconds(attempt_number: int, first_backoff_seconds: int) -> int:
    """How long to wait after attempt n before the next: doubling, bounded."""
    doubled: int = first_backoff_seconds * 2 ** min(attempt_number - 1, 16)
    return min(BACKOFF_MAX_SECONDS, doubled)

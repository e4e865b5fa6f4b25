"""What the server makes of a status (seed, "Status Values"). It normalizes; we only say so."""

from collections.abc import Mapping

from deltaci.tracker.kinds import Kind

CANONICAL = ("pending", "started", "completed", "failed", "aborted")
ALIASES: Mapping[str, str] = {
    **dict.fromkeys(("queued", "scheduled"), "pending"),
    **dict.fromkeys(("in_progress", "init"), "started"),
    **dict.fromkeys(("success", "complete", "finished"), "completed"),
    **dict.fromkeys(("fail", "failure", "error"), "failed"),
    **dict.fromkeys(("abort", "cancelled", "cancel", "skipped"), "aborted"),
}
"""Other words for a status, of builds and deployments alike."""


def normalization(kind: Kind, status: str) -> str:
    """What an alias will become; empty for canonical statuses and for words that mean nothing."""
    word = status.strip().lower()
    return kind.own_aliases.get(word) or ALIASES.get(word, "")


def canonical(kind: Kind, status: str) -> str:
    """The canonical status, or the word itself when it means nothing to us."""
    return normalization(kind, status) or status.strip().lower()

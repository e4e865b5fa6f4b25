"""What the server makes of a status (seed, "Status Values"). It normalizes; we only say so."""

from deltaci.tracker.kinds import Kind


def normalization(kind: Kind, status: str) -> str:
    """What an alias will become; empty for canonical statuses and for words that mean nothing."""
    word = status.strip().lower()
    meant = kind.words.get(word, "")
    return "" if meant == word else meant


def canonical(kind: Kind, status: str) -> str:
    """The canonical status, or the word itself when it means nothing to us."""
    return normalization(kind, status) or status.strip().lower()

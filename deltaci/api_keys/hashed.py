"""What is kept of an API key."""

import hashlib


def hashed(key: str) -> str:
    """Return the SHA-256 of a key: keys are long and random, so that nothing slower is needed."""
    return hashlib.sha256(key.encode()).hexdigest()

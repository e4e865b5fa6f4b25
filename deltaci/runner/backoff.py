"""Waiting between tries: doubling, bounded, with jitter so that runners do not return in step."""

import random
from collections.abc import Iterator

FIRST_SECONDS = 0.1
LONGEST_SECONDS = 5.0


def delays(first: float = FIRST_SECONDS, longest: float = LONGEST_SECONDS) -> Iterator[float]:
    """Yield waits in seconds for ever: each between half and all of a doubling, bounded step."""
    step = first
    while True:
        yield step * random.uniform(0.5, 1.0)  # noqa: S311 - spreading load, not a secret
        step = min(step * 2, longest)

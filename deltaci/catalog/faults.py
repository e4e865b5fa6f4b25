"""Several things can be wrong with a request at once: each is named with its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from deltaci.errors import DeltaError


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of a request. The problem says nothing of what was sent."""

    kind: type[DeltaError]
    path: str
    problem: str
    details: Mapping[str, Any] = field(default_factory=dict)


def refuse(faults: Sequence[Fault]) -> None:
    """Return when there are no faults. Raises the first one's error, with all in its details."""
    if faults:
        raise refusal(faults)


def refusal(faults: Sequence[Fault]) -> DeltaError:
    """Return the first fault's error; its details name all faults."""
    first = faults[0]
    listed = [{"field": each.path, "problem": each.problem} for each in faults]
    message = f"{first.path}: {first.problem}"
    if len(faults) > 1:
        message += f"; and {len(faults) - 1} more"
    return first.kind(message, fields=listed, **first.details)

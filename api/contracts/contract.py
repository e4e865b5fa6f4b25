"""What a published contract brings: its routes, and the shape of everything that it refuses."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter
from starlette.responses import Response
from starlette.types import Scope


@dataclass(frozen=True, slots=True)
class Contract:
    """One published API. It owns its paths, failures of the framework on them included.

    `refuse` turns any exception into the contract's answer: those of `deltaci.errors`, the
    framework's own (unknown path, wrong method, invalid request), and whatever else was raised.
    """

    name: str
    prefixes: Sequence[str]
    """Paths that belong to it, with all below them."""
    routers: Sequence[APIRouter]
    refuse: Callable[[Exception], Response]
    body_max_bytes: int
    larger_bodies: Mapping[str, int] = field(default_factory=dict)
    """Paths whose bodies may be of another size, in bytes."""
    never_answers: frozenset[str] = frozenset()
    """Statuses that the framework documents on its own account."""
    nouns_end_in_slash: bool = False
    """Whether paths of prefixes end in a slash, and those below them in none."""

    def owns(self, path: str) -> bool:
        """Whether a path is one of its prefixes or lies below one."""
        return any(path == prefix or path.startswith(f"{prefix}/") for prefix in self.prefixes)

    def spelled(self, path: str) -> str:
        """Return one of its paths as its routes spell it."""
        if not self.nouns_end_in_slash:
            return path
        bare = path.rstrip("/")
        return f"{bare}/" if bare in self.prefixes else bare or path

    def body_limit(self, path: str) -> int:
        """Return the largest body that a path accepts, in bytes."""
        return self.larger_bodies.get(path, self.body_max_bytes)


def path_of(scope: Scope) -> str:
    """Return a request's path as our routes spell it, without a prefix that a proxy added."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


class Contracts:
    """All contracts of one application; the first also answers for paths that nobody owns."""

    def __init__(self, first: Contract, *others: Contract) -> None:
        self._first = first
        self._others = others

    def __iter__(self) -> Iterator[Contract]:
        return iter((self._first, *self._others))

    def of(self, path: str) -> Contract:
        """Return the contract that a path belongs to."""
        return next((other for other in self._others if other.owns(path)), self._first)

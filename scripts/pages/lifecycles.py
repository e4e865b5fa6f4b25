"""State diagrams in Mermaid, from the tables of edges."""

from collections.abc import Iterator
from typing import Any

from deltaci.states import (
    ATTEMPT,
    BUILD,
    DEPLOYMENT,
    JOB,
    LEASE,
    RUN,
    Edges,
    State,
    is_terminal,
    sources_of,
)

TITLES: tuple[tuple[str, Edges[Any]], ...] = (
    ("A run", RUN),
    ("A job", JOB),
    ("An attempt", ATTEMPT),
    ("A lease", LEASE),
    ("A deployment", DEPLOYMENT),
    ("A build", BUILD),
)


def diagrams() -> str:
    """One diagram for each lifecycle, every edge of it included."""
    return "\n".join(f"**{title}**\n\n{_diagram(edges)}" for title, edges in TITLES)


def _diagram(edges: Edges[State]) -> str:
    return "\n".join(["```mermaid", "stateDiagram-v2", *_lines(edges), "```"]) + "\n"


def _lines(edges: Edges[State]) -> Iterator[str]:
    yield f"    [*] --> {next(iter(edges))}"
    for source, targets in edges.items():
        yield from (f"    {source} --> {target}" for target in edges if target in targets)
        if is_terminal(edges, source) and sources_of(edges, source):
            yield f"    {source} --> [*]"

"""The plan's one-line explanation, segment by segment in the contract's order (spec §4.6)."""

from collections.abc import Iterable, Sequence

from deltaci.planner.display import listed
from deltaci.planner.impact import Impact
from deltaci.planner.projects import Discovery

PREFIX = "diff-aware planner v1: "


def explanation(segments: Iterable[str]) -> str:
    """Return the segments that say something, joined behind the prefix."""
    return PREFIX + "; ".join(segment for segment in segments if segment)


def discovered_segment(discovery: Discovery) -> str:
    """What was found at the root; a repository of folders is told by its projects instead."""
    if discovery.files:
        return f"discovered {', '.join(discovery.files)}"
    return "" if discovery.projects else "no discovery inputs found"


def paths_segment(paths: Sequence[str]) -> str:
    """What changed."""
    return f"changed paths: {listed(paths)}" if paths else ""


def reach_segments(discovery: Discovery, impact: Impact) -> list[str]:
    """What kind of change it is and how far it reaches."""
    if impact.unknown:
        return []
    segments = [_kind(impact)]
    if not discovery.is_single_root and not impact.whole_repository:
        segments.append(f"impacted projects: {listed(_impacted(discovery, impact))}")
    if impact.unowned:
        segments.append(f"unknown ownership: {listed(impact.unowned)}")
    if impact.graph_incomplete:
        segments.append("dependency graph incomplete")
        segments.append(listed(discovery.doubts))
    return segments


def projects_segment(discovery: Discovery) -> str:
    """The projects, which a repository that is one project need not list."""
    names = list(dict.fromkeys(discovery.names.values()))
    return "" if discovery.is_single_root else f"projects: {listed(names)}"


def _kind(impact: Impact) -> str:
    if impact.docs_only:
        return "docs-only change"
    if impact.whole_repository:
        return "global-impact change"
    return "code change" if impact.has_code else "non-docs change"


def _impacted(discovery: Discovery, impact: Impact) -> list[str]:
    return [discovery.names[key] for key in discovery.names if impact.reach(key)] or ["none"]

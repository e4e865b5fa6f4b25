"""The port that an ecosystem implements: a new language is one class and one registry line."""

from typing import Protocol

from deltaci.planner.files import RepositoryFiles
from deltaci.planner.projects import Found, Project


class Ecosystem(Protocol):
    """How one language's projects are recognised, related and built.

    Implementations are stateless and pure: they read only what `files` holds, return the same
    answer for the same tree, and never raise on hostile content. What they cannot read becomes a
    doubt, which widens the plan. A job's steps may depend on the content of `build_files` and
    `lock_files` only, never on which other files exist, because a stored recipe is replayed for as
    long as those are unchanged.
    """

    @property
    def name(self) -> str:
        """What explanations and second names call it."""
        ...

    @property
    def build_files(self) -> frozenset[str]:
        """File names that define or configure a project."""
        ...

    @property
    def lock_files(self) -> frozenset[str]:
        """File names that pin dependencies."""
        ...

    @property
    def code_extensions(self) -> frozenset[str]:
        """File endings of its source code, with the dot."""
        ...

    def is_test(self, path: str, /) -> bool:
        """Whether a source file, by its path inside its project, is only ever used by tests."""
        ...

    def discover(self, files: RepositoryFiles, found: tuple[Project, ...], /) -> Found:
        """Return the projects in the tree; `found` are those of the ecosystems before this one."""
        ...

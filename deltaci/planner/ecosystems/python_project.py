"""A Python project together with what it is built from."""

from collections.abc import Mapping
from dataclasses import dataclass

from deltaci.planner.ecosystems.python_manifests import Manifest
from deltaci.planner.ecosystems.python_requirements import requirement_name


@dataclass(frozen=True, slots=True)
class PythonProject:
    """A project with everything that it is built from.

    `local` are the folders that it needs, `ours` the distribution names of the whole repository.
    """

    root: str
    local: tuple[str, ...]
    manifests: Mapping[str, Manifest]
    ours: frozenset[str]

    @property
    def own(self) -> Manifest:
        """What the project says about itself."""
        return self.manifests[self.root]

    def third_party(self) -> frozenset[str]:
        """What has to come from an index, by canonical name; `?` when that is computed."""
        every = [self.own, *(self.manifests[each] for each in self.local)]
        lines = [line for manifest in every for line in manifest.requirements]
        names = {requirement_name(line) for line in (*lines, *self.own.test_requirements)}
        unknown = {"?"} if any(manifest.is_dynamic for manifest in every) else set()
        return frozenset((names - self.ours - {""}) | unknown)

"""The wording of reasons, as the contract has it (spec §4.6)."""

from deltaci.planner.display import listed, printable
from deltaci.planner.impact import Impact, Reach
from deltaci.planner.projects import Discovery, JobTemplate, ProjectKey

REASON_LIST_MAX = 4


class Reasons:
    """Says of each job why it is planned or skipped for one change."""

    def __init__(self, impact: Impact, discovery: Discovery) -> None:
        self._impact = impact
        self._names = discovery.names
        self._single = discovery.is_single_root
        self._change_anywhere = self._describe_change()

    def planned(self, job: JobTemplate, key: ProjectKey) -> str:
        """Why the job runs: what changed, for which project, and through which others."""
        cause = self._cause(key)
        text = f"{job.label} triggered by {cause}"
        if not job.required:
            text = f"optional {job.kind} for {cause}"
        if self._impact.unknown:
            text = f"default {job.kind} job ({self._impact.unknown})"
        return f"{text}{self._of_project(key)}{self._chain(key)}"

    def skipped(self, job: JobTemplate, key: ProjectKey) -> str:
        """Why the job does not run."""
        if self._impact.docs_only or self._impact.reach(key) is Reach.DOCS:
            cause = "docs-only change"
        else:
            cause = f"not reached by {self._change_anywhere}"
        return f"{cause}: skipped {job.label}{self._of_project(key)}"

    def _cause(self, key: ProjectKey) -> str:
        impact = self._impact
        if impact.docs_only or impact.reach(key) is Reach.DOCS:
            return "docs-only change"
        if impact.global_paths:
            return "global-impact change"
        if impact.graph_incomplete:
            return "global-impact change (dependency graph incomplete)"
        if impact.unowned:
            return "global-impact change (unknown ownership)"
        if not self._single:
            return self._origin(key)
        return "code change" if impact.has_code else "non-docs change"

    def _origin(self, key: ProjectKey) -> str:
        first = self._path_to(key)[-1]
        touch = self._impact.touched.get(first)
        if touch is not None and touch.shared:
            return f"change in shared files: {printable(touch.shared)}"
        return f"change in projects: {self._names[first]}"

    def _describe_change(self) -> str:
        touched = self._impact.touched.items()
        changed = {self._names[key] for key, touch in touched if touch.via is None}
        return f"change in projects: {listed(sorted(changed), REASON_LIST_MAX)}"

    def _of_project(self, key: ProjectKey) -> str:
        name = self._names[key]
        return "" if name == "root" else f" (project: {name})"

    def _chain(self, key: ProjectKey) -> str:
        path = [self._names[each] for each in self._path_to(key)]
        return f": {' needs '.join(path)}" if len(path) > 1 else ""

    def _path_to(self, key: ProjectKey) -> list[ProjectKey]:
        """The project, then each one through which the change came, ending where it was made."""
        path = [key]
        touched = self._impact.touched
        while not self._impact.whole_repository and (touch := touched.get(path[-1])) is not None:
            if touch.via is None:
                break
            path.append(touch.via)
        return path

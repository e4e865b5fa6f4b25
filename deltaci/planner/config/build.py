"""The build that a run of this commit registers once it is green, as the file declares it."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from deltaci.planner.config.models import Build, ConfigFile
from deltaci.planner.config.version import NoVersionError, version_in
from deltaci.planner.display import listed, printable
from deltaci.planner.fingerprint import CONFIG_FILE
from deltaci.planner.model import PlanError, PlannedBuild, PlanRequest

BRANCHES, TAGS = "refs/heads/", "refs/tags/"
EVERY_TAG = f"{TAGS}*"


def declared_build(
    config: ConfigFile, request: PlanRequest, known: Sequence[str], planned: Sequence[str]
) -> tuple[PlannedBuild | None, str]:
    """Return the build, if this run may register one, and a sentence for the explanation.

    `known` are all declared jobs, `planned` those that the change needs. A version that cannot be
    found is no reason to fail a run: it is noted, and refused when it comes to registering. Raises
    PlanError for the artifact of a job that does not exist.
    """
    build = config.build
    if build is None:
        return None, ""
    if build.artifact and build.artifact.job not in known:
        name = printable(build.artifact.job)
        raise PlanError(f"{CONFIG_FILE}: build.artifact.job names {name}, which is no job")
    obstacle = next(_obstacles(build, request, planned), None)
    if obstacle is not None:
        return None, f"registers no build: {obstacle}"
    found = _resolved(build, request)
    shown = f"{found.service} {printable(found.version)}".rstrip()
    return found, f"registers {shown} when green"


def _obstacles(build: Build, request: PlanRequest, planned: Sequence[str]) -> Iterator[str]:
    if request.fork:
        yield "the change is from a fork"
    wanted = build.refs or [EVERY_TAG if build.version.tag else request.default_branch]
    names = {request.ref, request.ref.removeprefix(BRANCHES)} - {""}
    if not names:
        yield "it is not known which branch or tag it is for"
    if not any(fnmatchcase(name, pattern) for name in names for pattern in wanted):
        yield f"{printable(request.ref)} is none of {listed(wanted)}"
    if build.version.tag and _version_of_tag(request.ref, build.version.tag) is None:
        yield f"{printable(request.ref)} is no tag like {printable(build.version.tag)}"
    if build.artifact and build.artifact.job not in planned:
        yield f"{printable(build.artifact.job)} is not needed"


def _resolved(build: Build, request: PlanRequest) -> PlannedBuild:
    try:
        version, problem = _version(build, request), ""
    except NoVersionError as error:
        version, problem = "", str(error)

    def filled(template: str) -> str:
        """Fill in one pass, so that a version cannot stand for a placeholder."""
        parts = (
            part.replace("{commit}", request.commit_sha) for part in template.split("{version}")
        )
        return version.join(parts)

    return PlannedBuild(
        service=build.service,
        version=version,
        problem=problem,
        artifact_ref=filled(build.artifact_ref or ""),
        job=build.artifact.job if build.artifact else "",
        path=filled(build.artifact.path) if build.artifact else "",
    )


def _version(build: Build, request: PlanRequest) -> str:
    source = build.version
    if source.file is not None:
        return version_in(request.tree, source.file)
    if source.tag is not None:
        return _version_of_tag(request.ref, source.tag) or ""
    return source.value or ""


def _version_of_tag(ref: str, pattern: str) -> str | None:
    """Return what stands in the place of `{version}` in a tag; None when it is no such tag."""
    before, _, after = pattern.partition("{version}")
    tag = ref.removeprefix(TAGS)
    is_alike = tag.startswith(before) and tag.endswith(after) and len(tag) > len(before + after)
    if not ref.startswith(TAGS) or not is_alike:
        return None
    return tag[len(before) : len(tag) - len(after)]

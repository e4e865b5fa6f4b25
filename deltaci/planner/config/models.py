"""`ci.ai.yaml` as pydantic models: the one definition that parsing, schema and reference share."""

import re
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

JOBS_MAX = 500
STEPS_MAX = 200
_FORBIDDEN = re.compile(r"[\x00\ud800-\udfff]")


def _clean(text: str) -> str:
    if _FORBIDDEN.search(text):
        raise ValueError("must not contain NUL or broken characters")
    return text


def _number_as_text(value: Any) -> Any:
    if isinstance(value, bool) or (value is not None and not isinstance(value, str | int)):
        raise ValueError("is read as a boolean, number or date: put it in quotes")
    return str(value) if isinstance(value, int) else value


def _not_a_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be the number 1")  # noqa: TRY004 - pydantic reads ValueError only
    return value


def _inside(path: str) -> str:
    if path.startswith("/") or ".." in PurePosixPath(path).parts:
        raise ValueError("must be a relative path that stays inside the repository")
    return path


def _inside_or_home(path: str) -> str:
    return _inside(path.removeprefix("~/")) and path


Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000), AfterValidator(_clean)]
Scalar = Annotated[Text, BeforeValidator(_number_as_text, json_schema_input_type=str | int)]
JobName = Annotated[
    str,
    StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:/@+-]*$"),
]
Label = Annotated[
    str, StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9{][A-Za-z0-9 ._:/@+{}-]*$")
]
VariableName = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
]
InnerPath = Annotated[Text, AfterValidator(_inside)]
RefPattern = Annotated[Text, StringConstraints(max_length=200)]
CachePath = Annotated[Text, AfterValidator(_inside_or_home)]
Category = Literal["USER", "INFRA", "TOOLING", "FLAKY", "CANCELED", "UNKNOWN"]
Quantity = Annotated[
    str,
    BeforeValidator(_number_as_text, json_schema_input_type=str | int),
    StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?(m|[KMGT]i?)?$"),
]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Artifact(_Section):
    """Files that the job keeps."""

    type: Label = Field(description="What the files are: `junit`, `coverage`, `binary`, …")
    path: InnerPath = Field(description="Glob from the repository's root.")


class Cache(_Section):
    """Folders that survive between jobs of this repository with the same name, type and key."""

    type: Label = Field(
        description="`deps` is kept from every branch; `build` is never used by forks."
    )
    key: Text = Field(
        description="Exact key. `{lock_hash}` stands for a hash over the lock files in `workdir` "
        "(over all lock files when it has none)."
    )
    paths: list[CachePath] = Field(
        min_length=1, max_length=50, description="Folders from the root, or below `~/`."
    )


class Policy(_Section):
    """How the job's result counts and how often it is tried."""

    required: bool = Field(default=True, description="A required job decides the run's result.")
    allow_failure: bool = Field(
        default=False,
        description="The job may fail without failing the run; the same as not required.",
    )
    retries: Annotated[int, Field(ge=0, le=10)] = Field(
        0, description="How often a failed job is tried again."
    )
    timeout_seconds: Annotated[int, Field(ge=1, le=604_800)] | None = Field(
        None, description="Longest runtime; the server's limit applies without it."
    )
    retry_on: list[Category] = Field(
        ["INFRA", "FLAKY", "UNKNOWN"],
        max_length=6,
        description="Extension: the failure categories that are worth another try.",
    )


class Job(_Section):
    """One job: its steps run in order, and the first that fails ends it."""

    image: Text | None = Field(
        None,
        description="Container image. Extension: without it, the job runs as the runner runs "
        "everything else.",
    )
    workdir: InnerPath = Field(".", description="Folder that the steps run in.")
    steps: list[Text] = Field(
        min_length=1, max_length=STEPS_MAX, description="Shell command lines."
    )
    artifacts: list[Artifact] = Field([], max_length=50, description="Files to keep.")
    caches: list[Cache] = Field([], max_length=20, description="Folders to restore and save.")
    policy: Policy = Field(Policy(), description="How its result counts.")
    needs: list[JobName] = Field(
        [],
        max_length=100,
        description="Extension: jobs that must succeed first. They join the run whenever this "
        "job does.",
    )
    env: dict[VariableName, Scalar] = Field(
        {},
        max_length=200,
        description="Extension: environment of the steps. Never put secrets here.",
    )
    runs_on: list[Label] = Field(
        [], max_length=20, description="Extension: labels that the runner must have."
    )
    paths: list[Text] | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="Extension: the job runs only when a changed path matches one of these "
        "gitignore-style patterns (`!` excludes again). Without it, the job always runs.",
    )
    matrix: dict[VariableName, Annotated[list[Scalar], Field(min_length=1, max_length=50)]] = Field(
        {},
        max_length=5,
        description="Extension: the job runs once for every combination; `{matrix.<name>}` stands "
        "for the value in every other key of the job.",
    )


class RunPolicies(_Section):
    """Limits of a whole run; ignored on changes from forks."""

    cancel_superseded: bool | None = Field(
        None, description="A newer run of the same ref cancels this one."
    )
    max_runtime_seconds: Annotated[int, Field(ge=1, le=604_800)] | None = Field(
        None, description="Longest runtime of a run; cannot exceed the server's limit."
    )
    max_concurrency: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None, description="Most runs of this repository at a time; others wait."
    )


class Policies(_Section):
    """Rules for runs, and defaults for jobs."""

    runs: RunPolicies = Field(RunPolicies(), description="Limits of a whole run.")
    jobs: Policy = Field(
        Policy(), description="Default `policy` of every job; a job's own keys win."
    )


class Limits(_Section):
    """What a job may use at most. Checked, and not enforced by any executor yet."""

    cpu: Quantity | None = Field(None, description='Processors, such as `"2"` or `"500m"`.')
    memory: Quantity | None = Field(None, description='Such as `"4Gi"`.')
    disk: Quantity | None = Field(None, description='Such as `"20Gi"`.')


class BuildVersion(_Section):
    """Where the version of a build is said: exactly one of these keys."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    value: Annotated[Scalar, StringConstraints(max_length=200, pattern=r"^\S+$")] | None = Field(
        None, description='The version itself: `"1.2.3"`.'
    )
    file: InnerPath | None = Field(
        None,
        description="A file that says it: `pyproject.toml`, `package.json` or `Cargo.toml` as its "
        "own version, any other as its only line.",
    )
    tag: Annotated[Text, StringConstraints(max_length=200, pattern=r"\{version\}")] | None = Field(
        None,
        description="What the run's tag looks like, such as `v{version}`; a run of another tag, or "
        "of a branch, registers nothing.",
    )

    @model_validator(mode="after")
    def _is_said_once(self) -> "BuildVersion":
        if sum(each is not None for each in (self.value, self.file, self.tag)) != 1:
            raise ValueError("needs exactly one of value, file and tag")
        return self


class BuildArtifact(_Section):
    """A file that a job of the run stores; its digest and size are those of the stored file."""

    job: JobName = Field(description="The job, a matrix' with its values: `build (3.13)`.")
    path: Annotated[InnerPath, StringConstraints(max_length=1000)] = Field(
        description="The file from the repository's root, with `{version}` and `{commit}` filled "
        "in; one of the job's `artifacts` has to keep it."
    )


class Build(_Section):
    """The build that a green run registers. Never on pull requests, nor on changes from forks."""

    service: Annotated[
        str, StringConstraints(max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")
    ] = Field(description="The service, which an admin has made known.")
    version: BuildVersion = Field(description="Where its version is said.")
    artifact_ref: Annotated[Text, StringConstraints(max_length=1000)] | None = Field(
        None,
        description="Where a job of the run puts the artifact, such as "
        "`s3://bucket/shop-{version}.zip`; `{version}` and `{commit}` are filled in.",
    )
    artifact: BuildArtifact | None = Field(
        None, description="The stored file that it is; alone, or as proof of what is in its place."
    )
    refs: Annotated[list[RefPattern], Field(min_length=1, max_length=50)] | None = Field(
        None,
        description="Branches, and tags as `refs/tags/…`, with `*`, whose runs register. Without "
        "it, the default branch; with `version.tag`, every tag.",
    )

    @model_validator(mode="after")
    def _has_an_artifact(self) -> "Build":
        if self.artifact_ref is None and self.artifact is None:
            raise ValueError("needs artifact_ref, or artifact, or both")
        return self


class ConfigFile(_Section):
    """The whole file. Where it exists, it alone says which jobs there are."""

    version: Annotated[Literal[1], BeforeValidator(_not_a_boolean)] = Field(
        description="Format of this file; always 1."
    )
    jobs: dict[JobName, Job] = Field(
        min_length=1, max_length=JOBS_MAX, description="The jobs by name."
    )
    policies: Policies = Field(Policies(), description="Rules for runs, and defaults for jobs.")
    limits: Limits = Field(Limits(), description="What a job may use at most.")
    build: Build | None = Field(
        None, description="Extension: the build that a green run registers."
    )

    @model_validator(mode="after")
    def _needs_are_jobs(self) -> "ConfigFile":
        for name, job in self.jobs.items():
            for need in job.needs:
                if need not in self.jobs:
                    raise ValueError(f"jobs.{name}.needs names {need!r}, which is no job")
        return self

"""Every template's step, taken out of its file and run as its CI would, against the real API."""

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from dirty_equals import IsPartialDict

from deltaci.testing.build_registry import AUDIENCE, BUCKET, SERVICE, BuildRegistry
from deltaci.testing.ci_job import REGISTER_BUILD, run_program
from deltaci.testing.repositories import GitRepository, MakeRepository

FOLDER = Path(__file__).resolve().parents[3] / "docs/integrations/ci"
COMMITTED_AT = "2026-01-01T00:01:00.000Z"
TOKEN = "the token of the job"
"""Stands for it until the job is run."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a CI runs, and which variables it gives because the template says so."""

    script: str
    variables: Mapping[str, str]


Settings = Mapping[str, str]


def github(text: str, settings: Settings) -> Step:
    job = yaml.safe_load(text)["jobs"]["register"]
    assert job["permissions"]["id-token"] == "write"
    assert not re.search(r"\$\{\{", job["steps"][-1]["run"]), (
        "what is set from outside runs as code"
    )
    names = re.compile(r"\$\{\{ vars\.(\w+) \}\}")
    given = {
        name: names.sub(lambda found: settings[found[1]], str(value))
        for name, value in job["env"].items()
    }
    return Step(job["steps"][-1]["run"], given)


def gitlab(text: str, settings: Settings) -> Step:
    job = yaml.safe_load(text)["register-build"]
    ((token, made),) = job["id_tokens"].items()
    assert settings[made["aud"].removeprefix("$")] == AUDIENCE
    return Step("\n".join(job["script"]), {**settings, **_texts(job["variables"]), token: TOKEN})


def jenkins(text: str, settings: Settings) -> Step:
    (script,) = re.findall(r"sh '''(.*?)'''", text, re.DOTALL)
    (token,) = re.findall(r"(\w+) = credentials\('dxcp-id-token'\)", text)
    given = dict(re.findall(r"(\w+) = '(.*?)'", text))
    return Step(script.replace("\\\n", ""), {**settings, **given, token: TOKEN})


def circleci(text: str, settings: Settings) -> Step:
    values = {"id": "pipeline-1", "number": "7", "project.slug": "gh/acme/demo"}
    for name, value in values.items():
        text = text.replace(f"<< pipeline.{name} >>", value)
    job = yaml.safe_load(text)["jobs"]["register-build"]
    return Step(job["steps"][-1]["run"]["command"], {**settings, **_texts(job["environment"])})


def buildkite(text: str, settings: Settings) -> Step:
    (step,) = yaml.safe_load(text)["steps"]
    assert not re.search(r"(?<!\$)\$[\w{(]", step["command"].replace("$$", "")), "of the uploader"
    return Step(step["command"].replace("$$", "$"), {**settings, **_texts(step["env"])})


def bitbucket(text: str, settings: Settings) -> Step:
    (entry,) = yaml.safe_load(text)["pipelines"]["default"]
    assert entry["step"]["oidc"]["audiences"] == [AUDIENCE]
    given = {"BITBUCKET_STEP_OIDC_TOKEN": TOKEN}
    return Step("\n".join(entry["step"]["script"]), {**settings, **given})


def _texts(variables: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in variables.items()}


Variables = Callable[[str, int], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Ci:
    """A template, how its CI reads it, and what the CI sets: `attempt` counts runs of the job."""

    file: str
    read: Callable[[str, Settings], Step]
    variables: Variables
    run_id: str
    interpreter: tuple[str, ...] = ("bash", "-e", "-c")


CIS = [
    Ci(
        "github-actions-build-register.yml",
        github,
        lambda sha, attempt: {
            "GITHUB_SHA": sha,
            "GITHUB_REF_NAME": "main",
            "GITHUB_RUN_ID": "42",
            "GITHUB_RUN_ATTEMPT": str(attempt),
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "acme/demo",
            "GITHUB_ACTOR": "ada",
            "GITHUB_TRIGGERING_ACTOR": f"person-{attempt}",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": f"may-ask-{attempt}",
        },
        run_id="42",
    ),
    Ci(
        "gitlab-build-register.yml",
        gitlab,
        lambda sha, attempt: {
            "CI_COMMIT_SHA": sha,
            "CI_COMMIT_REF_NAME": "main",
            "CI_COMMIT_TIMESTAMP": "2026-01-01T01:01:00+01:00",
            "CI_PIPELINE_ID": "42",
            "CI_PIPELINE_URL": "https://gitlab.com/acme/demo/-/pipelines/42",
            "CI_PROJECT_URL": "https://gitlab.com/acme/demo",
            "CI_PROJECT_PATH": "acme/demo",
            "CI_JOB_ID": str(attempt),
            "GITLAB_USER_LOGIN": f"person-{attempt}",
        },
        run_id="42",
    ),
    Ci(
        "jenkins-build-register.groovy",
        jenkins,
        lambda sha, attempt: {
            "GIT_COMMIT": sha,
            "GIT_BRANCH": "origin/main",
            "BUILD_TAG": "jenkins-demo-42",
            "BUILD_URL": "https://jenkins.example.test/job/demo/42/",
            "STAGE_ATTEMPT": str(attempt),
        },
        run_id="jenkins-demo-42",
        interpreter=("sh", "-x", "-e", "-c"),
    ),
    Ci(
        "circleci-build-register.yml",
        circleci,
        lambda sha, attempt: {
            "CIRCLE_SHA1": sha,
            "CIRCLE_BRANCH": "main",
            "CIRCLE_WORKFLOW_ID": f"workflow-{attempt}",
            "CIRCLE_BUILD_URL": f"https://circleci.com/gh/acme/demo/{attempt}",
            "CIRCLE_PROJECT_USERNAME": "acme",
            "CIRCLE_PROJECT_REPONAME": "demo",
        },
        run_id="pipeline-1",
    ),
    Ci(
        "buildkite-build-register.yml",
        buildkite,
        lambda _sha, attempt: {
            "BUILDKITE_COMMIT": "HEAD",
            "BUILDKITE_BRANCH": "main",
            "BUILDKITE_BUILD_ID": "build-1",
            "BUILDKITE_BUILD_URL": "https://buildkite.com/acme/demo/builds/42",
            "BUILDKITE_JOB_ID": f"job-{attempt}",
            "BUILDKITE_RETRY_COUNT": str(attempt - 1),
        },
        run_id="build-1",
    ),
    Ci(
        "bitbucket-build-register.yml",
        bitbucket,
        lambda sha, attempt: {
            "BITBUCKET_COMMIT": sha,
            "BITBUCKET_BRANCH": "main",
            "BITBUCKET_REPO_FULL_NAME": "acme/demo",
            "BITBUCKET_BUILD_NUMBER": "42",
            "BITBUCKET_PIPELINE_UUID": "{pipeline-1}",
            "BITBUCKET_STEP_UUID": f"{{step-{attempt}}}",
            "BITBUCKET_STEP_TRIGGERER_UUID": f"{{person-{attempt}}}",
        },
        run_id="{pipeline-1}",
    ),
]

# Programs that a CI brings along, and the arguments for which each gives out the job's token.
PROGRAMS = {
    "circleci": f'run oidc get --claims {{"aud": "{AUDIENCE}"}}',
    "buildkite-agent": f"oidc request-token --audience {AUDIENCE}",
}


@pytest.fixture
def checkout(git_repo: MakeRepository) -> GitRepository:
    """A user's repository with a copy of the helper, as the templates want it."""
    return git_repo({"scripts/ci/register_build.py": REGISTER_BUILD.read_text()})


def programs(folder: Path, token: str) -> str:
    """Put the CIs' programs in a folder; returns a PATH with them and with Python."""
    folder.mkdir(exist_ok=True)
    for name, arguments in PROGRAMS.items():
        program = folder / name
        program.write_text(f"#!/bin/sh\n[ \"$*\" = '{arguments}' ] && echo '{token}'\n")
        program.chmod(0o755)
    parts: Iterable[str] = (str(folder), str(Path(sys.executable).parent), os.environ["PATH"])
    return ":".join(parts)


@pytest.mark.parametrize("ci", CIS, ids=lambda ci: ci.read.__name__)
async def test_a_template_registers_its_build_and_may_be_run_again(
    registry: BuildRegistry, checkout: GitRepository, tmp_path: Path, ci: Ci
) -> None:
    settings = {
        "DXCP_API_BASE": registry.url,
        "DXCP_ARTIFACT_BUCKET": BUCKET,
        "DXCP_AUDIENCE": AUDIENCE,
        "GOV_AUTH0_AUDIENCE": AUDIENCE,
    }
    step = ci.read((FOLDER / ci.file).read_text(), settings)
    replayed = []
    for attempt in (1, 2):
        token = registry.job_token(ci.file)
        given = {name: token if value == TOKEN else value for name, value in step.variables.items()}
        of_github = {"ACTIONS_ID_TOKEN_REQUEST_URL": registry.tokens.url} if ci is CIS[0] else {}
        environment = {
            **given,
            **ci.variables(checkout.head, attempt),
            **of_github,
            "PATH": programs(tmp_path / "programs", token),
        }
        ran = await run_program(
            *ci.interpreter, step.script, environment=environment, folder=checkout.path
        )
        assert ran.code == 0, ran.err
        assert token not in ran.out + ran.err
        replayed += re.findall(r"idempotency_replayed=(\w+)", ran.out)

    assert replayed == ["false", "true"]
    assert await registry.builds() == [
        IsPartialDict(
            service=SERVICE,
            version="1.2.3",
            artifactRef=f"s3://{BUCKET}/{SERVICE}/{SERVICE}-1.2.3.zip",
            git_sha=checkout.head,
            git_branch="main",
            built_at=COMMITTED_AT,
            ci_provider=ci.read.__name__,
            ci_run_id=ci.run_id,
            ci_publisher="jobs",
        )
    ]


def test_every_template_is_run() -> None:
    templates = {file.name for file in FOLDER.iterdir() if file.suffix != ".md"}
    assert templates == {ci.file for ci in CIS}

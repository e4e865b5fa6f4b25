from collections.abc import Mapping
from typing import Any

import pytest

from deltaci.tracker.detection import SYSTEMS, detect
from deltaci.tracker.kinds import BUILD, DEPLOYMENT

SHA = "abc123def456789012345678901234567890abcd"
SHORT = SHA[:8]

CASES: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]] = {
    "github": (
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "myorg/api",
            "GITHUB_SHA": SHA,
            "GITHUB_REF_NAME": "main",
            "GITHUB_RUN_NUMBER": "7",
            "GITHUB_RUN_ID": "456",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_ACTOR": "octo",
            "GITHUB_WORKFLOW": "ci",
        },
        {
            "product": "api",
            "version": SHORT,
            "scm_repository": "myorg/api",
            "scm_branch": "main",
            "build_number": "7",
            "invoke_id": "456",
            "link": "https://github.com/myorg/api/actions/runs/456",
            "person": "octo",
            "vi_gh_workflow": "ci",
        },
    ),
    "gitlab": (
        {
            "GITLAB_CI": "true",
            "CI_PROJECT_PATH": "group/sub/api",
            "CI_COMMIT_SHA": SHA,
            "CI_COMMIT_REF_NAME": "main",
            "CI_PIPELINE_IID": "7",
            "CI_PIPELINE_ID": "456",
            "CI_PIPELINE_URL": "https://gitlab.test/p/456",
            "GITLAB_USER_LOGIN": "ann",
            "GITLAB_USER_EMAIL": "ann@example.test",
            "GITLAB_USER_NAME": "Ann",
        },
        {
            "product": "api",
            "version": SHORT,
            "scm_repository": "group/sub/api",
            "build_number": "7",
            "invoke_id": "456",
            "link": "https://gitlab.test/p/456",
            "person": "ann",
            "person_email": "ann@example.test",
            "person_name": "Ann",
            "vi_gl_pipeline_id": "456",
        },
    ),
    "jenkins": (
        {
            "JENKINS_URL": "https://jenkins.test/",
            "GIT_URL": "https://robot:secret@git.test:8443/owner/api.git",
            "GIT_COMMIT": SHA,
            "GIT_BRANCH": "origin/main",
            "BUILD_NUMBER": "7",
            "BUILD_ID": "7",
            "BUILD_URL": "https://jenkins.test/job/api/7/",
            "BUILD_USER": "ann",
            "JOB_NAME": "api",
        },
        {
            "product": "api",
            "version": "7",
            "scm_repository": "git.test/owner/api",
            "scm_branch": "origin/main",
            "link": "https://jenkins.test/job/api/7/",
            "person": "ann",
            "vi_jenkins_job_name": "api",
        },
    ),
    "circleci": (
        {
            "CIRCLECI": "true",
            "CIRCLE_PROJECT_USERNAME": "myorg",
            "CIRCLE_PROJECT_REPONAME": "api",
            "CIRCLE_SHA1": SHA,
            "CIRCLE_TAG": "v1",
            "CIRCLE_BUILD_NUM": "7",
            "CIRCLE_WORKFLOW_ID": "w-1",
            "CIRCLE_BUILD_URL": "https://circle.test/7",
            "CIRCLE_USERNAME": "ann",
        },
        {
            "product": "api",
            "version": SHORT,
            "scm_repository": "myorg/api",
            "scm_branch": "v1",
            "invoke_id": "w-1",
            "vi_circle_workflow_id": "w-1",
        },
    ),
    "bitbucket": (
        {
            "BITBUCKET_BUILD_NUMBER": "7",
            "BITBUCKET_REPO_FULL_NAME": "myorg/api",
            "BITBUCKET_REPO_SLUG": "api",
            "BITBUCKET_COMMIT": SHA,
            "BITBUCKET_BRANCH": "main",
            "BITBUCKET_PIPELINE_UUID": "{u}",
        },
        {
            "product": "api",
            "version": SHORT,
            "link": "https://bitbucket.org/myorg/api/pipelines/results/7",
            "invoke_id": "{u}",
            "vi_bb_repo_slug": "api",
        },
    ),
    "azure-devops": (
        {
            "TF_BUILD": "True",
            "BUILD_REPOSITORY_NAME": "myorg/api",
            "BUILD_SOURCEVERSION": SHA,
            "BUILD_SOURCEBRANCHNAME": "main",
            "BUILD_BUILDNUMBER": "20251023.1",
            "BUILD_BUILDID": "456",
            "BUILD_BUILDURI": "vstfs:///Build/Build/456",
            "SYSTEM_COLLECTIONURI": "https://dev.azure.test/myorg/",
            "SYSTEM_TEAMPROJECT": "My Project",
            "BUILD_REQUESTEDFOR": "Ann",
        },
        {
            "product": "api",
            "version": "20251023.1",
            "invoke_id": "456",
            "link": "https://dev.azure.test/myorg/My%20Project/_build/results?buildId=456",
            "person": "Ann",
            "vi_azure_build_id": "456",
        },
    ),
    "travis": (
        {
            "TRAVIS": "true",
            "TRAVIS_REPO_SLUG": "myorg/api",
            "TRAVIS_COMMIT": SHA,
            "TRAVIS_BRANCH": "main",
            "TRAVIS_BUILD_NUMBER": "7",
            "TRAVIS_BUILD_ID": "456",
            "TRAVIS_BUILD_WEB_URL": "https://travis.test/456",
        },
        {"product": "api", "version": SHORT, "link": "https://travis.test/456"},
    ),
    "rundeck": (
        {
            "RD_JOB_ID": "j",
            "RD_JOB_EXECID": "9",
            "RD_JOB_NAME": "deploy",
            "RD_JOB_PROJECT": "ops",
            "RD_JOB_SERVERURL": "https://rundeck.test/",
            "RD_JOB_USER_NAME": "ann",
        },
        {
            "product": "deploy",
            "version": "9",
            "build_number": "9",
            "link": "https://rundeck.test/project/ops/execution/show/9",
            "person": "ann",
            "vi_rd_job_project": "ops",
        },
    ),
    "buildkite": (
        {
            "BUILDKITE": "true",
            "BUILDKITE_REPO": "git@github.com:myorg/api.git",
            "BUILDKITE_COMMIT": SHA,
            "BUILDKITE_BRANCH": "main",
            "BUILDKITE_BUILD_NUMBER": "7",
        },
        {"product": "api", "version": SHORT, "scm_repository": "github.com/myorg/api"},
    ),
    "teamcity": (
        {
            "TEAMCITY_VERSION": "2025",
            "TEAMCITY_PROJECT_NAME": "api",
            "BUILD_NUMBER": "7",
            "BUILD_VCS_NUMBER": SHA,
        },
        {"product": "api", "version": "7", "scm_sha": SHA},
    ),
    "codebuild": (
        {
            "CODEBUILD_BUILD_ID": "api:1-2",
            "CODEBUILD_SOURCE_REPO_URL": "https://github.com/myorg/api.git",
            "CODEBUILD_RESOLVED_SOURCE_VERSION": SHA,
            "CODEBUILD_WEBHOOK_HEAD_REF": "refs/heads/main",
            "AWS_REGION": "eu-west-1",
        },
        {
            "product": "api",
            "version": SHORT,
            "scm_branch": "main",
            "link": "https://eu-west-1.console.aws.amazon.com/codesuite/codebuild"
            "/projects/api/build/api%3A1-2",
        },
    ),
    "woodpecker": (
        {"CI": "woodpecker", "CI_REPO": "myorg/api", "CI_COMMIT_SHA": SHA},
        {"product": "api", "version": SHORT},
    ),
    "drone": (
        {"DRONE": "true", "DRONE_REPO": "myorg/api", "DRONE_COMMIT_SHA": SHA},
        {"product": "api", "version": SHORT},
    ),
    "vercel": (
        {
            "VERCEL": "1",
            "VERCEL_GIT_REPO_OWNER": "myorg",
            "VERCEL_GIT_REPO_SLUG": "api",
            "VERCEL_GIT_COMMIT_SHA": SHA,
            "VERCEL_URL": "api-1.vercel.test",
        },
        {"product": "api", "version": SHORT, "link": "https://api-1.vercel.test"},
    ),
}


def test_every_system_has_a_case() -> None:
    assert [each.name for each in SYSTEMS] == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_ci_system_says_what_its_variables_mean(name: str) -> None:
    environment, expected = CASES[name]

    detected = detect(environment)

    assert detected.source_system == detected.values["source_system"] == name
    found: dict[str, Any] = {**detected.values, **detected.metadata}
    assert {key: found.get(key) for key in expected} == expected


@pytest.mark.parametrize("name", CASES)
def test_a_system_without_its_other_variables_says_its_name_alone(name: str) -> None:
    environment, _ = CASES[name]
    trigger = next(each.trigger for each in SYSTEMS if each.name == name)

    detected = detect({trigger: environment[trigger]})

    assert detected.source_system == name


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"rundeck"}))
def test_a_sha_of_few_characters_is_taken_as_it_is(name: str) -> None:
    environment, _ = CASES[name]
    short = {key: value.replace(SHA, "ab1") for key, value in environment.items()}

    assert detect(short).values.get("scm_sha") == "ab1"


def test_the_first_eight_systems_are_looked_for_in_the_order_of_the_contract() -> None:
    everything = {key: value for case, _ in CASES.values() for key, value in case.items()}
    found = []
    for system in SYSTEMS[:8]:
        found.append(detect(everything).source_system)
        del everything[system.trigger]
    assert found == [
        *("github", "gitlab", "jenkins", "circleci"),
        *("bitbucket", "azure-devops", "travis", "rundeck"),
    ]


def test_a_trigger_counts_letter_by_letter() -> None:
    assert detect({"TF_BUILD": "true"}).source_system == "unknown"
    assert detect({"GITHUB_ACTIONS": "1"}).source_system == "unknown"


def test_outside_of_every_ci_the_source_system_is_unknown() -> None:
    assert detect({}).values == {"source_system": "unknown"}


def test_what_the_contract_has_no_room_for_is_left_out_and_named() -> None:
    environment = {**CASES["github"][0], "GITHUB_REF_NAME": "b" * 101, "GITHUB_SHA": "c" * 64}

    detected = detect(environment)

    assert set(detected.too_long) == {"scm_branch", "scm_sha"}
    assert detected.values["version"] == "c" * 8


def test_no_detected_link_carries_credentials() -> None:
    environment = {**CASES["jenkins"][0], "BUILD_URL": "https://me:secret@jenkins.test/7/"}

    detected = detect(environment)

    assert detected.values["link"] == "https://jenkins.test/7/"
    assert "secret" not in f"{detected.values}{detected.metadata}"


def test_link_and_person_are_settings_of_the_kind() -> None:
    detected = detect(CASES["github"][0])

    assert detected.settings(BUILD)["built_by"] == "octo"
    assert "build_url" in detected.settings(BUILD)
    assert detected.settings(DEPLOYMENT)["deployed_by"] == "octo"
    assert "deploy_url" in detected.settings(DEPLOYMENT)

"""CI systems that are services of their own (spec §2.8)."""

from deltaci.tracker.addresses import quoted
from deltaci.tracker.ci_systems.shape import (
    CiSystem,
    Environment,
    filled,
    last_of,
    name_in_slug,
    repository_of,
    short,
    variable,
)

CIRCLECI = CiSystem(
    name="circleci",
    trigger="CIRCLECI",
    trigger_value="true",
    product=variable("CIRCLE_PROJECT_REPONAME"),
    version=short(variable("CIRCLE_SHA1")),
    repository=filled("{}/{}", "CIRCLE_PROJECT_USERNAME", "CIRCLE_PROJECT_REPONAME"),
    sha=variable("CIRCLE_SHA1"),
    branch=variable("CIRCLE_BRANCH", "CIRCLE_TAG"),
    build_number=variable("CIRCLE_BUILD_NUM"),
    invoke_id=variable("CIRCLE_WORKFLOW_ID"),
    url=variable("CIRCLE_BUILD_URL"),
    user=variable("CIRCLE_USERNAME"),
    metadata={
        "vi_circle_workflow_id": "CIRCLE_WORKFLOW_ID",
        "vi_circle_workflow_job_id": "CIRCLE_WORKFLOW_JOB_ID",
        "vi_circle_job_name": "CIRCLE_JOB",
        "vi_circle_node_index": "CIRCLE_NODE_INDEX",
    },
)

TRAVIS = CiSystem(
    name="travis",
    trigger="TRAVIS",
    trigger_value="true",
    product=name_in_slug("TRAVIS_REPO_SLUG"),
    version=short(variable("TRAVIS_COMMIT")),
    repository=variable("TRAVIS_REPO_SLUG"),
    sha=variable("TRAVIS_COMMIT"),
    branch=variable("TRAVIS_BRANCH", "TRAVIS_TAG"),
    build_number=variable("TRAVIS_BUILD_NUMBER"),
    invoke_id=variable("TRAVIS_BUILD_ID"),
    url=variable("TRAVIS_BUILD_WEB_URL"),
    metadata={
        "vi_travis_build_id": "TRAVIS_BUILD_ID",
        "vi_travis_job_id": "TRAVIS_JOB_ID",
        "vi_travis_job_number": "TRAVIS_JOB_NUMBER",
        "vi_travis_event_type": "TRAVIS_EVENT_TYPE",
    },
)


def _buildkite_commit(environment: Environment) -> str:
    # Builds that were asked for without a commit begin as "HEAD", which names none.
    commit = environment.get("BUILDKITE_COMMIT", "")
    return "" if commit == "HEAD" else commit


BUILDKITE = CiSystem(
    name="buildkite",
    trigger="BUILDKITE",
    trigger_value="true",
    product=last_of(repository_of("BUILDKITE_REPO")),
    version=short(_buildkite_commit),
    repository=repository_of("BUILDKITE_REPO"),
    sha=_buildkite_commit,
    branch=variable("BUILDKITE_BRANCH", "BUILDKITE_TAG"),
    build_number=variable("BUILDKITE_BUILD_NUMBER"),
    invoke_id=variable("BUILDKITE_BUILD_ID"),
    url=variable("BUILDKITE_BUILD_URL"),
    user=variable("BUILDKITE_BUILD_CREATOR"),
    email=variable("BUILDKITE_BUILD_CREATOR_EMAIL"),
    metadata={
        "vi_bk_pipeline_slug": "BUILDKITE_PIPELINE_SLUG",
        "vi_bk_job_id": "BUILDKITE_JOB_ID",
        "vi_bk_source": "BUILDKITE_SOURCE",
    },
)


def _codebuild_page(environment: Environment) -> str:
    if page := environment.get("CODEBUILD_PUBLIC_BUILD_URL"):
        return page
    region, build = environment.get("AWS_REGION"), environment.get("CODEBUILD_BUILD_ID", "")
    project, colon, _ = build.partition(":")
    if not (region and colon):
        return ""
    console = f"https://{region}.console.aws.amazon.com/codesuite/codebuild"
    return f"{console}/projects/{quoted(project)}/build/{quoted(build)}"


def _codebuild_branch(environment: Environment) -> str:
    reference = environment.get("CODEBUILD_WEBHOOK_HEAD_REF", "")
    return reference.removeprefix("refs/heads/").removeprefix("refs/tags/")


CODEBUILD = CiSystem(
    name="codebuild",
    trigger="CODEBUILD_BUILD_ID",
    product=last_of(repository_of("CODEBUILD_SOURCE_REPO_URL")),
    version=short(variable("CODEBUILD_RESOLVED_SOURCE_VERSION")),
    repository=repository_of("CODEBUILD_SOURCE_REPO_URL"),
    sha=variable("CODEBUILD_RESOLVED_SOURCE_VERSION"),
    branch=_codebuild_branch,
    build_number=variable("CODEBUILD_BUILD_NUMBER"),
    invoke_id=variable("CODEBUILD_BUILD_ID"),
    url=_codebuild_page,
    user=variable("CODEBUILD_INITIATOR"),
    metadata={
        "vi_cb_build_arn": "CODEBUILD_BUILD_ARN",
        "vi_cb_webhook_event": "CODEBUILD_WEBHOOK_EVENT",
    },
)

VERCEL = CiSystem(
    name="vercel",
    trigger="VERCEL",
    trigger_value="1",
    product=variable("VERCEL_GIT_REPO_SLUG"),
    version=short(variable("VERCEL_GIT_COMMIT_SHA")),
    repository=filled("{}/{}", "VERCEL_GIT_REPO_OWNER", "VERCEL_GIT_REPO_SLUG"),
    sha=variable("VERCEL_GIT_COMMIT_SHA"),
    branch=variable("VERCEL_GIT_COMMIT_REF"),
    invoke_id=variable("VERCEL_DEPLOYMENT_ID"),
    url=filled("https://{}", "VERCEL_URL"),
    user=variable("VERCEL_GIT_COMMIT_AUTHOR_LOGIN"),
    person_name=variable("VERCEL_GIT_COMMIT_AUTHOR_NAME"),
    metadata={
        "vi_vercel_env": "VERCEL_ENV",
        "vi_vercel_target_env": "VERCEL_TARGET_ENV",
    },
)

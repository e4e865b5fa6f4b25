"""CI systems that belong to a forge (spec §2.8)."""

from deltaci.tracker.addresses import quoted
from deltaci.tracker.ci_systems.shape import (
    CiSystem,
    Environment,
    filled,
    last_of,
    name_in_slug,
    short,
    variable,
)

GITHUB = CiSystem(
    name="github",
    trigger="GITHUB_ACTIONS",
    trigger_value="true",
    product=name_in_slug("GITHUB_REPOSITORY"),
    version=short(variable("GITHUB_SHA")),
    repository=variable("GITHUB_REPOSITORY"),
    sha=variable("GITHUB_SHA"),
    branch=variable("GITHUB_REF_NAME"),
    build_number=variable("GITHUB_RUN_NUMBER"),
    invoke_id=variable("GITHUB_RUN_ID"),
    url=filled("{}/{}/actions/runs/{}", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"),
    user=variable("GITHUB_ACTOR"),
    metadata={
        "vi_gh_workflow": "GITHUB_WORKFLOW",
        "vi_gh_job": "GITHUB_JOB",
        "vi_gh_run_attempt": "GITHUB_RUN_ATTEMPT",
        "vi_gh_event_name": "GITHUB_EVENT_NAME",
        "vi_gh_ref": "GITHUB_REF",
        "vi_gh_head_ref": "GITHUB_HEAD_REF",
        "vi_gh_base_ref": "GITHUB_BASE_REF",
    },
)

GITLAB = CiSystem(
    name="gitlab",
    trigger="GITLAB_CI",
    trigger_value="true",
    product=last_of(variable("CI_PROJECT_PATH")),
    version=short(variable("CI_COMMIT_SHA")),
    repository=variable("CI_PROJECT_PATH"),
    sha=variable("CI_COMMIT_SHA"),
    branch=variable("CI_COMMIT_REF_NAME"),
    build_number=variable("CI_PIPELINE_IID"),
    invoke_id=variable("CI_PIPELINE_ID"),
    url=variable("CI_PIPELINE_URL"),
    user=variable("GITLAB_USER_LOGIN"),
    email=variable("GITLAB_USER_EMAIL"),
    person_name=variable("GITLAB_USER_NAME"),
    metadata={
        "vi_gl_pipeline_id": "CI_PIPELINE_ID",
        "vi_gl_pipeline_url": "CI_PIPELINE_URL",
        "vi_gl_job_id": "CI_JOB_ID",
        "vi_gl_job_name": "CI_JOB_NAME",
        "vi_gl_job_url": "CI_JOB_URL",
        "vi_gl_pipeline_source": "CI_PIPELINE_SOURCE",
    },
)

BITBUCKET = CiSystem(
    name="bitbucket",
    trigger="BITBUCKET_BUILD_NUMBER",
    product=variable("BITBUCKET_REPO_SLUG"),
    version=short(variable("BITBUCKET_COMMIT")),
    repository=variable("BITBUCKET_REPO_FULL_NAME"),
    sha=variable("BITBUCKET_COMMIT"),
    branch=variable("BITBUCKET_BRANCH", "BITBUCKET_TAG"),
    build_number=variable("BITBUCKET_BUILD_NUMBER"),
    invoke_id=variable("BITBUCKET_PIPELINE_UUID"),
    url=filled(
        "https://bitbucket.org/{}/pipelines/results/{}",
        "BITBUCKET_REPO_FULL_NAME",
        "BITBUCKET_BUILD_NUMBER",
    ),
    metadata={
        "vi_bb_pipeline_uuid": "BITBUCKET_PIPELINE_UUID",
        "vi_bb_step_uuid": "BITBUCKET_STEP_UUID",
        "vi_bb_workspace": "BITBUCKET_WORKSPACE",
        "vi_bb_repo_slug": "BITBUCKET_REPO_SLUG",
    },
)


def _azure_page(environment: Environment) -> str:
    # `BUILD_BUILDURI` is an identifier (`vstfs:`) and leads nowhere.
    collection = environment.get("SYSTEM_COLLECTIONURI") or environment.get(
        "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", ""
    )
    project, build = environment.get("SYSTEM_TEAMPROJECT"), environment.get("BUILD_BUILDID")
    if not (collection and project and build):
        return ""
    return f"{collection.rstrip('/')}/{quoted(project)}/_build/results?buildId={quoted(build)}"


AZURE_DEVOPS = CiSystem(
    name="azure-devops",
    trigger="TF_BUILD",
    trigger_value="True",
    product=last_of(variable("BUILD_REPOSITORY_NAME")),
    version=variable("BUILD_BUILDNUMBER"),
    repository=variable("BUILD_REPOSITORY_NAME"),
    sha=variable("BUILD_SOURCEVERSION"),
    branch=variable("BUILD_SOURCEBRANCHNAME"),
    build_number=variable("BUILD_BUILDNUMBER"),
    invoke_id=variable("BUILD_BUILDID"),
    url=_azure_page,
    user=variable("BUILD_REQUESTEDFOR"),
    email=variable("BUILD_REQUESTEDFOREMAIL"),
    metadata={
        "vi_azure_build_id": "BUILD_BUILDID",
        "vi_azure_definition_name": "BUILD_DEFINITIONNAME",
        "vi_azure_agent_name": "AGENT_NAME",
        "vi_azure_team_project": "SYSTEM_TEAMPROJECT",
    },
)

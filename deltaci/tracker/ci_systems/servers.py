"""CI systems that one runs oneself (spec §2.8)."""

from deltaci.tracker.addresses import quoted
from deltaci.tracker.ci_systems.shape import (
    CiSystem,
    Environment,
    last_of,
    repository_of,
    short,
    variable,
)

JENKINS = CiSystem(
    name="jenkins",
    trigger="JENKINS_URL",
    product=last_of(repository_of("GIT_URL")),
    version=variable("BUILD_NUMBER"),
    repository=repository_of("GIT_URL"),
    sha=variable("GIT_COMMIT"),
    branch=variable("GIT_BRANCH"),
    build_number=variable("BUILD_NUMBER"),
    invoke_id=variable("BUILD_ID"),
    url=variable("BUILD_URL"),
    user=variable("BUILD_USER"),
    email=variable("BUILD_USER_EMAIL"),
    metadata={
        "vi_jenkins_job_name": "JOB_NAME",
        "vi_jenkins_build_url": "BUILD_URL",
        "vi_jenkins_node_name": "NODE_NAME",
        "vi_jenkins_executor_number": "EXECUTOR_NUMBER",
    },
)


def _rundeck_page(environment: Environment) -> str:
    names = ("RD_JOB_SERVERURL", "RD_JOB_PROJECT", "RD_JOB_EXECID")
    server, project, execution = (environment.get(name, "") for name in names)
    if not (server and project and execution):
        return ""
    return f"{server.rstrip('/')}/project/{quoted(project)}/execution/show/{quoted(execution)}"


RUNDECK = CiSystem(
    name="rundeck",
    trigger="RD_JOB_ID",
    product=variable("RD_JOB_NAME"),
    version=variable("RD_JOB_EXECID"),
    build_number=variable("RD_JOB_EXECID"),
    invoke_id=variable("RD_JOB_EXECID"),
    url=_rundeck_page,
    user=variable("RD_JOB_USERNAME", "RD_JOB_USER_NAME"),
    metadata={
        f"vi_rd_job_{each}": f"RD_JOB_{each.upper()}"
        for each in ("id", "execid", "serverurl", "project", "name", "group", "url")
    },
)

TEAMCITY = CiSystem(
    name="teamcity",
    trigger="TEAMCITY_VERSION",
    product=variable("TEAMCITY_PROJECT_NAME"),
    version=variable("BUILD_NUMBER"),
    sha=variable("BUILD_VCS_NUMBER"),
    build_number=variable("BUILD_NUMBER"),
    url=variable("BUILD_URL"),
    metadata={
        "vi_tc_project_name": "TEAMCITY_PROJECT_NAME",
        "vi_tc_buildconf_name": "TEAMCITY_BUILDCONF_NAME",
    },
)

WOODPECKER = CiSystem(
    name="woodpecker",
    trigger="CI",
    trigger_value="woodpecker",
    product=last_of(variable("CI_REPO")),
    version=short(variable("CI_COMMIT_SHA")),
    repository=variable("CI_REPO"),
    sha=variable("CI_COMMIT_SHA"),
    branch=variable("CI_COMMIT_BRANCH", "CI_COMMIT_TAG"),
    build_number=variable("CI_PIPELINE_NUMBER"),
    invoke_id=variable("CI_PIPELINE_NUMBER"),
    url=variable("CI_PIPELINE_URL"),
    user=variable("CI_COMMIT_AUTHOR"),
    email=variable("CI_COMMIT_AUTHOR_EMAIL"),
    metadata={
        "vi_wp_pipeline_event": "CI_PIPELINE_EVENT",
        "vi_wp_workflow_name": "CI_WORKFLOW_NAME",
    },
)

DRONE = CiSystem(
    name="drone",
    trigger="DRONE",
    trigger_value="true",
    product=last_of(variable("DRONE_REPO")),
    version=short(variable("DRONE_COMMIT_SHA")),
    repository=variable("DRONE_REPO"),
    sha=variable("DRONE_COMMIT_SHA"),
    branch=variable("DRONE_BRANCH", "DRONE_TAG"),
    build_number=variable("DRONE_BUILD_NUMBER"),
    invoke_id=variable("DRONE_BUILD_NUMBER"),
    url=variable("DRONE_BUILD_LINK"),
    user=variable("DRONE_COMMIT_AUTHOR"),
    email=variable("DRONE_COMMIT_AUTHOR_EMAIL"),
    person_name=variable("DRONE_COMMIT_AUTHOR_NAME"),
    metadata={
        "vi_drone_build_event": "DRONE_BUILD_EVENT",
        "vi_drone_stage_name": "DRONE_STAGE_NAME",
    },
)

"""Environments of jobs, as CI systems make them, and what a tracker has to read from them."""

from collections.abc import Mapping

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
"""By the name of the system: its variables, and what they mean."""

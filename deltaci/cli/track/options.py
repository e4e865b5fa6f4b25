"""Options of `delta-ci track`. Most are variables too: `VERSIONER_…`, else `DELTA_CI_TRACK_…`."""

from typing import Annotated, Any

import typer

EVENT = "What the event says"
SOURCE = "Where it comes from (CI systems are recognized)"
PEOPLE = "Who did it"
SENDING = "Sending"
BOOLEAN = "true|false"


def _variables(name: str) -> list[str]:
    return [f"VERSIONER_{name}", f"DELTA_CI_TRACK_{name}"]


def _setting(variable: str, help_text: str, panel: str, *names: str, **how: Any) -> Any:
    envvar = _variables(variable)
    return typer.Option(*names, envvar=envvar, help=help_text, rich_help_panel=panel, **how)


Config = Annotated[
    str,
    typer.Option(help="Configuration file. Default: `~/.versioner/config.yaml`."),
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more on standard error.")]
Debug = Annotated[
    bool,
    typer.Option("--debug", help="Show requests and answers on standard error; never the key."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the request, and send nothing.")]

Product = Annotated[str, _setting("PRODUCT", "Name of the product.", EVENT)]
Version = Annotated[str, _setting("VERSION", "Version: any text.", EVENT)]
Environment = Annotated[str, _setting("ENVIRONMENT", "Name of the environment.", EVENT)]
BuildStatus = Annotated[str, _setting("STATUS", "Default: `completed`.", EVENT)]
DeploymentStatus = Annotated[str, _setting("STATUS", "Default: `success`.", EVENT)]
StartedAt = Annotated[str, _setting("STARTED_AT", "When it began, in RFC 3339.", EVENT)]
CompletedAt = Annotated[str, _setting("COMPLETED_AT", "When it ended, in RFC 3339.", EVENT)]
ExtraMetadata = Annotated[
    str, _setting("EXTRA_METADATA", "JSON object of at most 102400 bytes.", EVENT)
]

SourceSystem = Annotated[str, _setting("SOURCE_SYSTEM", "Name of the CI system.", SOURCE)]
BuildNumber = Annotated[str, _setting("BUILD_NUMBER", "Number of the build.", SOURCE)]
ScmSha = Annotated[str, _setting("SCM_SHA", "Commit.", SOURCE)]
ScmBranch = Annotated[str, _setting("SCM_BRANCH", "Branch.", SOURCE)]
ScmRepository = Annotated[str, _setting("SCM_REPOSITORY", "Such as `owner/name`.", SOURCE)]
InvokeId = Annotated[str, _setting("INVOKE_ID", "The CI's id of the run.", SOURCE)]
BuildUrl = Annotated[str, _setting("BUILD_URL", "The CI's page of the build.", SOURCE)]
DeployUrl = Annotated[
    str,
    _setting(
        "DEPLOY_URL", "The CI's page of the deployment.", SOURCE, "--deploy-url", "--build-url"
    ),
]

BuiltBy = Annotated[str, _setting("BUILT_BY", "User name or other id.", PEOPLE)]
BuiltByEmail = Annotated[str, _setting("BUILT_BY_EMAIL", "Address.", PEOPLE)]
BuiltByName = Annotated[str, _setting("BUILT_BY_NAME", "Name to show.", PEOPLE)]
DeployedBy = Annotated[str, _setting("DEPLOYED_BY", "User name or other id.", PEOPLE)]
DeployedByEmail = Annotated[str, _setting("DEPLOYED_BY_EMAIL", "Address.", PEOPLE)]
DeployedByName = Annotated[str, _setting("DEPLOYED_BY_NAME", "Name to show.", PEOPLE)]

ApiUrl = Annotated[str, _setting("API_URL", "The server's address.", SENDING)]
ApiKey = Annotated[
    str, _setting("API_KEY", "Rather use the variable: flags are visible to others.", SENDING)
]
UiUrl = Annotated[str, _setting("UI_URL", "Address of its pages, for links in summaries.", SENDING)]
FailOnApiError = Annotated[
    str,
    _setting(
        "FAIL_ON_API_ERROR",
        "Whether an event that cannot be recorded fails the command; refusals by a rule always do.",
        SENDING,
        "--fail-on-api-error",
        metavar=BOOLEAN,
    ),
]
SkipPreflightChecks = Annotated[
    str,
    _setting(
        "SKIP_PREFLIGHT_CHECKS",
        "Deprecated: ask the server to check no rule.",
        SENDING,
        "--skip-preflight-checks",
        metavar=BOOLEAN,
    ),
]
IdempotencyKey = Annotated[
    str,
    _setting(
        "IDEMPOTENCY_KEY",
        "Repeating the command with the same key records nothing twice. Default: a new one.",
        SENDING,
    ),
]
Spool = Annotated[
    str,
    _setting("SPOOL", "Folder that keeps events that cannot be sent, for `track flush`.", SENDING),
]
DeadlineSeconds = Annotated[
    str, _setting("DEADLINE_SECONDS", "For all attempts together. Default: 300.", SENDING)
]
RetryPausesSeconds = Annotated[
    str, _setting("RETRY_PAUSES_SECONDS", "Pauses between attempts.", SENDING, hidden=True)
]

"""`delta-ci track deployment`."""

import typer

from deltaci.cli.options import Json
from deltaci.cli.track import options
from deltaci.cli.track.tracking import track
from deltaci.tracker.kinds import DEPLOYMENT


def deployment(
    *,
    ctx: typer.Context,
    product: options.Product = "",
    environment: options.Environment = "",
    version: options.Version = "",
    status: options.DeploymentStatus = "",
    completed_at: options.CompletedAt = "",
    extra_metadata: options.ExtraMetadata = "",
    source_system: options.SourceSystem = "",
    build_number: options.BuildNumber = "",
    scm_sha: options.ScmSha = "",
    scm_branch: options.ScmBranch = "",
    scm_repository: options.ScmRepository = "",
    invoke_id: options.InvokeId = "",
    deploy_url: options.DeployUrl = "",
    deployed_by: options.DeployedBy = "",
    deployed_by_email: options.DeployedByEmail = "",
    deployed_by_name: options.DeployedByName = "",
    api_url: options.ApiUrl = "",
    api_key: options.ApiKey = "",
    ui_url: options.UiUrl = "",
    fail_on_api_error: options.FailOnApiError = "",
    skip_preflight_checks: options.SkipPreflightChecks = "",
    idempotency_key: options.IdempotencyKey = "",
    spool: options.Spool = "",
    deadline_seconds: options.DeadlineSeconds = "",
    retry_pauses_seconds: options.RetryPausesSeconds = "",
    config: options.Config = "",
    verbose: options.Verbose = False,
    debug: options.Debug = False,
    dry_run: options.DryRun = False,
    as_json: Json = False,
) -> None:
    """Track that a deployment began, ended or failed. In a CI, most is found in its variables."""
    track(DEPLOYMENT, locals())

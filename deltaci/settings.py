"""Every setting of the control plane, frozen, with its unit in its name.

Read from `DELTA_CI_…` environment variables by the composition roots only; everything else is
handed the values that it needs.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from deltaci.artifact_settings import ArtifactSettings
from deltaci.forge_settings import (
    BitbucketSettings,
    ForgeSettings,
    GiteaSettings,
    GitHubSettings,
    GitLabSettings,
)
from deltaci.notification_settings import NotificationSettings
from deltaci.oidc_settings import OidcSettings
from deltaci.otel_settings import OtelSettings
from deltaci.tracking_settings import TrackingSettings
from deltaci.wire.forges import Provider
from deltaci.wire.governance import QUOTA_MAX, RPM_MAX

Seconds = Annotated[int, Field(ge=1)]
Bytes = Annotated[int, Field(ge=1)]


class Settings(ArtifactSettings):
    """Server settings. Defaults suit one machine; production sets the addresses and secrets."""

    model_config = SettingsConfigDict(
        env_prefix="DELTA_CI_",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,  # secrets are among it, and errors go into logs
        env_nested_delimiter="_",  # DELTA_CI_GITHUB_TOKEN is the field `token` of `github`
        env_nested_max_split=1,
    )

    # Where things are.
    data_dir: Path = Field(Path(".delta-ci"), description="Folder for everything kept on disk.")
    database_url: str = Field("", description="SQLAlchemy URL; empty means SQLite in `data_dir`.")
    blob_url: str = Field(
        "", description="`s3://bucket/prefix` and the like; empty means files in `data_dir`."
    )
    public_url: str = Field(
        "", description="Where users reach the API, for links; empty makes links relative."
    )
    temporal_address: str = Field("127.0.0.1:7233", description="Temporal frontend, host:port.")
    temporal_namespace: str = Field("default", description="Temporal namespace.")
    temporal_task_queue: str = Field("delta-ci", description="Queue that the workers serve.")
    temporal_ui_url: str = Field(
        "", description="Temporal's Web UI, for links; empty leaves the links out."
    )
    signing_key: SecretStr = Field(
        SecretStr(""),
        description="Signs access tokens, at least 32 characters; empty means a generated key "
        "in `data_dir`, which every API replica must share.",
    )
    encryption_keys: SecretStr = Field(
        SecretStr(""),
        description="Encrypt stored secrets: Fernet keys separated by commas, the first for new "
        "ones; empty means a generated key in `data_dir`, which every process must share.",
    )

    # Callers whom others vouch for.
    oidc: OidcSettings = OidcSettings()

    # Who may register builds and how often callers may ask, until an admin sets that in `/v1`.
    read_rpm: Annotated[int, Field(ge=1, le=RPM_MAX)] = Field(
        60, description="Reads that one caller of `/v1` may make in a minute."
    )
    mutate_rpm: Annotated[int, Field(ge=1, le=RPM_MAX)] = Field(
        10, description="Changes that one caller of `/v1` may ask for in a minute."
    )
    ci_publishers: str = Field(
        "",
        description="Who may register builds until an admin stores a list: publishers in JSON, as "
        "`PUT /v1/admin/system/ci-publishers` takes them, or subjects of this instance's own "
        "tokens, separated by commas.",
    )
    daily_quota_build_register: Annotated[int, Field(ge=0, le=QUOTA_MAX)] = Field(
        50, description="Builds that one caller may register in a UTC day."
    )

    # The lease protocol (spec §2.4).
    lease_ttl_seconds: Seconds = Field(
        120, description="A lease lives this long after a heartbeat."
    )
    heartbeat_interval_seconds: Seconds = Field(20, description="How often runners report.")
    ack_timeout_seconds: Seconds = Field(
        30, description="A granted lease must be acknowledged within this time."
    )
    cancel_deadline_seconds: Seconds = Field(
        30, description="A runner has this long to stop; then its job is cancelled without it."
    )
    lease_poll_max_seconds: Seconds = Field(
        30, description="Longest time that a runner's request for a job is held open."
    )
    runner_max_leases: Annotated[int, Field(ge=1)] = Field(
        2,
        description="Most jobs that one runner may hold. It runs one; the other is for a lease "
        "whose answer was lost on the way.",
    )
    lease_loss_limit: Annotated[int, Field(ge=0)] = Field(
        5,
        description="Times that a job is offered again after a lost lease; separate from retries.",
    )

    # Bounds of runs and jobs.
    run_max_runtime_seconds: Seconds = Field(
        21_600, description="Longest life of a run after planning, unless ci.ai.yaml says less."
    )
    run_queue_timeout_seconds: Seconds = Field(
        86_400, description="Longest wait for a `max_concurrency` slot; then the run is TIMEOUT."
    )
    job_timeout_seconds: Seconds = Field(
        3_600, description="A job's runtime limit when its policy names none."
    )
    job_retry_backoff_seconds: Seconds = Field(
        5, description="Wait before the first retry of a job; doubles each time, at most 5 minutes."
    )
    run_max_jobs: Annotated[int, Field(ge=1, le=500)] = Field(
        500, description="Most jobs in one run; a plan with more fails with a message."
    )

    # Where repositories may be.
    local_repositories: str = Field(
        "",
        description="Folders, separated by `:`, in which repositories of this machine may be "
        "registered; `any` for all, empty for none. Never inside `data_dir`.",
    )
    git_hosts: str = Field(
        "",
        description="The only hosts, separated by commas, on which repositories may be, whatever "
        "their addresses; empty means every host that has public addresses only.",
    )

    # Forges: webhooks in, statuses out.
    github: GitHubSettings = GitHubSettings()
    gitlab: GitLabSettings = GitLabSettings()
    gitea: GiteaSettings = GiteaSettings()
    bitbucket: BitbucketSettings = BitbucketSettings()
    check_name: Annotated[str, Field(min_length=1, max_length=100)] = Field(
        "delta-ci",
        description="Name of a pull request run's check; other runs' add how they came to be.",
    )
    pull_request_drafts: bool = Field(
        default=False,
        description="Whether drafts of pull requests get runs before they are ready for review.",
    )
    supersede_pull_requests: bool = Field(
        default=True,
        description="Whether a pull request's new head cancels the unfinished runs of its old one, "
        "where ci.ai.yaml does not say.",
    )
    supersede_never: str = Field(
        "",
        description="Branches, separated by commas and with `*`, whose runs are never superseded.",
    )
    webhook_max_bytes: Bytes = Field(1_048_576, description="Largest webhook body.")
    webhook_secrets_cache_seconds: Seconds = Field(
        5, description="How long a removed webhook secret may still count."
    )
    webhook_keep_days: Annotated[int, Field(ge=1)] = Field(
        30, description="How long deliveries are kept to be looked at and redelivered."
    )
    forge_timeout_seconds: Seconds = Field(10, description="Longest that a call to a forge takes.")
    report_debounce_seconds: Annotated[float, Field(ge=0)] = Field(
        1.0, description="How long a report waits for more news of its run, except for the last."
    )
    report_give_up_hours: Annotated[int, Field(ge=1)] = Field(
        24, description="How long a report is retried before it is put aside as failed."
    )
    forge_heartbeat_timeout_seconds: Seconds = Field(
        30,
        description="A report, or a command in a comment, is taken over when its worker was silent "
        "this long, beyond the call that it may be waiting for.",
    )
    reports_max_count: Annotated[int, Field(ge=1)] = Field(
        10, description="Most reports that one worker sends at once."
    )

    # What other tools tell of builds and deployments.
    tracking: TrackingSettings = TrackingSettings()
    notifications: NotificationSettings = NotificationSettings()
    otel: OtelSettings = OtelSettings()

    # Built artifacts that are registered: deltaci/artifact_settings.py, and this.
    build_git_sha_is_hex: bool = Field(
        default=False,
        description="Whether the git_sha of a build must be 7 to 64 hexadecimal digits.",
    )

    # Bounds of what is accepted.
    request_max_bytes: Bytes = Field(1_048_576, description="Largest JSON body.")
    log_chunk_max_bytes: Bytes = Field(1_048_576, description="Largest log append.")
    log_max_bytes: Bytes = Field(
        104_857_600, description="Largest log of one attempt; what follows is dropped and said so."
    )
    artifact_max_bytes: Bytes = Field(1_073_741_824, description="Largest single artifact.")
    artifacts_max_count: Annotated[int, Field(ge=1)] = Field(
        1_000, description="Most artifacts that one lease of a job may store."
    )
    artifacts_max_bytes: Bytes = Field(
        10_737_418_240, description="Most bytes that they may have together."
    )
    artifact_chunk_max_bytes: Bytes = Field(
        8_388_608, description="Largest piece in which an artifact is uploaded."
    )
    lookup_timeout_seconds: Seconds = Field(
        10, description="Longest that creating a run waits for a server to name its commit."
    )
    lookups_max_count: Annotated[int, Field(ge=1)] = Field(
        24, description="Most servers that one API asks at once; beyond, it answers 503."
    )
    git_timeout_seconds: Seconds = Field(120, description="Longest a git command may take.")
    mirror_keep_days: Annotated[int, Field(ge=1)] = Field(
        90, description="Commits that no run asked for this long are dropped from our mirrors."
    )
    plan_timeout_seconds: Seconds = Field(300, description="Longest planning may take.")

    # The loops.
    sweep_interval_seconds: Annotated[float, Field(gt=0)] = Field(
        1.0, description="How often expired leases and unsent effects are looked for."
    )
    outbox_retry_max_seconds: Seconds = Field(
        30, description="Longest wait between tries to send an effect."
    )
    dispatch_heartbeat_timeout_seconds: Seconds = Field(
        120, description="Temporal offers a job again when no worker vouched for it this long."
    )
    reconcile_interval_seconds: Annotated[float, Field(gt=0)] = Field(
        15.0, description="How often unfinished runs that lost their workflow are looked for."
    )
    reconcile_quiet_seconds: Seconds = Field(
        60, description="A run must have been untouched this long before its workflow is asked for."
    )

    @model_validator(mode="after")
    def _lease_outlives_heartbeat(self) -> "Settings":
        if self.lease_ttl_seconds <= self.heartbeat_interval_seconds:
            raise ValueError("lease_ttl_seconds must exceed heartbeat_interval_seconds")
        return self

    def forge(self, provider: Provider) -> ForgeSettings:
        """The settings of one forge: the field of its name."""
        named: ForgeSettings = getattr(self, provider)
        return named

    @property
    def resolved_database_url(self) -> str:
        """The database that is really used."""
        path = (self.data_dir / "delta-ci.sqlite3").resolve()
        return self.database_url or f"sqlite+aiosqlite:///{path}"

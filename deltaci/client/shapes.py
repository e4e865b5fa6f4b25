"""The answers of `/api/v1` as the command line reads them: plain JSON objects with known keys.

Typed dictionaries rather than the wire models: a newer server may send more than this client
knows, `--json` passes on exactly what was sent, and building the models' validators would take
most of a command's start-up time. A test holds every key against `deltaci.wire`.
"""

from typing import Any, NotRequired, TypedDict


class BuildRefusal(TypedDict):
    """`deltaci.wire.runs.BuildRefusal`."""

    code: str
    message: str


class RunBuild(TypedDict):
    """`deltaci.wire.runs.RunBuildView`."""

    service: str
    version: str
    build_id: NotRequired[str]
    refusal: NotRequired[BuildRefusal]


class Run(TypedDict):
    """`deltaci.wire.runs.RunView`."""

    id: str
    repo_id: str
    ref: str
    commit_sha: str
    state: str
    created_at: str
    updated_at: str
    state_reason: NotRequired[str]
    reason: NotRequired[str]
    original_run_id: NotRequired[str]
    superseded_by: NotRequired[str]
    started_at: NotRequired[str]
    finished_at: NotRequired[str]
    build: NotRequired[RunBuild]


class Job(TypedDict):
    """`deltaci.wire.runs.JobView`."""

    id: str
    run_id: str
    name: str
    required: bool
    state: str
    attempt_count: int
    created_at: str
    updated_at: str
    reason: NotRequired[str]
    state_reason: NotRequired[str]
    depends_on: NotRequired[list[str]]
    reused_from: NotRequired[str]


class Attempt(TypedDict):
    """`deltaci.wire.runs.AttemptView`."""

    id: str
    job_id: str
    attempt_number: int
    state: str
    created_at: str
    updated_at: str
    started_at: NotRequired[str]
    completed_at: NotRequired[str]
    exit_code: NotRequired[int]
    runner_id: NotRequired[str]
    log_bytes: NotRequired[int]
    current_step: NotRequired[str]


class Artifact(TypedDict):
    """`deltaci.wire.runs.ArtifactView`."""

    id: int
    job_attempt_id: str
    type: str
    uri: str
    created_at: str


class FailureExplanation(TypedDict):
    """`deltaci.wire.runs.FailureExplanationView`."""

    id: int
    job_attempt_id: str
    category: str
    summary: str
    confidence: str
    rule_version: str
    signals: dict[str, Any]
    created_at: str
    details: NotRequired[str]


class SkippedJob(TypedDict):
    """`deltaci.wire.runs.SkippedJobView`."""

    name: str
    reason: str


class Plan(TypedDict):
    """`deltaci.wire.runs.PlanView`."""

    recipe_source: str
    skipped_jobs: list[SkippedJob]
    recipe_id: NotRequired[str]
    recipe_version: NotRequired[int]
    fingerprint: NotRequired[str]
    explain: NotRequired[str]


class JobDetail(TypedDict):
    """`deltaci.wire.runs.JobDetail`."""

    job: Job
    attempts: list[Attempt]
    artifacts: list[Artifact]
    failure_explanations: list[FailureExplanation]


class RunDetail(TypedDict):
    """`deltaci.wire.runs.RunDetail`."""

    run: Run
    jobs: list[JobDetail]
    plan: NotRequired[Plan]


class RunPage(TypedDict):
    """`deltaci.wire.runs.RunPage`."""

    runs: list[Run]
    next_cursor: NotRequired[str]


class RunAccepted(TypedDict):
    """`deltaci.wire.runs.RunAccepted`."""

    run_id: str
    state: str


class RerunAccepted(TypedDict):
    """`deltaci.wire.runs.RerunAccepted`."""

    run_id: str
    original_run: str
    state: str
    created: bool
    idempotencyKey: str


class Repository(TypedDict):
    """`deltaci.wire.repositories.RepositoryView`."""

    repo_id: str
    url: str
    default_branch: str
    created_at: str
    provider: NotRequired[str]
    full_name: NotRequired[str]
    webhook_secrets: NotRequired[int]
    has_token: NotRequired[bool]


class RepositoryPage(TypedDict):
    """`deltaci.wire.repositories.RepositoryPage`."""

    repositories: list[Repository]
    next_cursor: str | None


class IssuedToken(TypedDict):
    """`deltaci.wire.tokens.IssuedToken`."""

    token: str
    issuer: str
    subject: str
    roles: list[str]
    expires_at: str


class WebhookAccepted(TypedDict):
    """`deltaci.wire.forges.WebhookAccepted`."""

    outcome: str
    run_id: NotRequired[str]
    state: NotRequired[str]
    reason: NotRequired[str]


class Delivery(TypedDict):
    """`deltaci.wire.forges.DeliveryView`."""

    id: str
    provider: str
    delivery_id: str
    event: str
    full_name: str
    repo_id: str | None
    ref: str
    commit_sha: str
    pr_number: int | None
    outcome: str
    reason: str
    run_id: str | None
    redelivery_of: str | None
    receipts: int
    received_at: str
    last_received_at: str


class DeliveryPage(TypedDict):
    """`deltaci.wire.forges.DeliveryPage`."""

    deliveries: list[Delivery]
    next_cursor: str | None


class WebhookSecret(TypedDict):
    """`deltaci.wire.forges.WebhookSecretView`."""

    id: int
    repo_id: str
    created_by: str
    created_at: str


class WebhookSecretList(TypedDict):
    """`deltaci.wire.forges.WebhookSecretList`."""

    secrets: list[WebhookSecret]


class Report(TypedDict):
    """`deltaci.wire.reports.ReportView`."""

    run_id: str
    provider: str
    state: str
    updated_at: str
    reported_state: NotRequired[str]
    last_error: NotRequired[str]
    reported_at: NotRequired[str]


class ReportPage(TypedDict):
    """`deltaci.wire.reports.ReportPage`."""

    reports: list[Report]
    next_cursor: NotRequired[str]

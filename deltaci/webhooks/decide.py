"""Decide what follows from a verified event: a run, a look at a command, or nothing. Pure."""

from dataclasses import dataclass, replace

from deltaci.commands.parse import is_command
from deltaci.ids import workflow_id
from deltaci.runs.record import NewRun, RunKind, Trigger
from deltaci.settings import Settings
from deltaci.vcs.port import Event, Ignored, Provider, PullRequest, Push, Remark
from deltaci.webhooks.event_key import event_key
from deltaci.wire.forges import DeliveryOutcome

TAGS = "refs/tags/"
SENDER_MAX_LENGTH = 100


@dataclass(frozen=True, slots=True)
class KnownRepository:
    """A registered repository, by the names that it has here and there."""

    repo_id: str
    provider: Provider
    full_name: str
    forge: str | None
    """The provider that hears of its runs, or None."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done about a delivery, and what people may know of it."""

    outcome: DeliveryOutcome
    reason: str = ""
    run: NewRun | None = None
    ref: str = ""
    commit_sha: str = ""
    pr_number: int | None = None
    comment_id: str = ""
    """Of the comment that may be a command."""


def decide(event: Event, repository: KnownRepository | None, settings: Settings) -> Decision:
    """Return what follows from the event."""
    if isinstance(event, Ignored):
        return _nothing(event.reason)
    if repository is None:
        return _nothing("the repository is not registered")
    if isinstance(event, Remark):
        return _on_remark(event)
    if isinstance(event, PullRequest):
        return _on_pull_request(event, repository, settings)
    return _on_push(event, repository)


def _nothing(reason: str) -> Decision:
    return Decision(DeliveryOutcome.IGNORED, reason)


def _on_remark(remark: Remark) -> Decision:
    if not is_command(remark.body):
        return Decision(DeliveryOutcome.IGNORED, "no command", pr_number=remark.number)
    return Decision(DeliveryOutcome.COMMAND, pr_number=remark.number, comment_id=remark.comment_id)


def _on_pull_request(
    event: PullRequest, repository: KnownRepository, settings: Settings
) -> Decision:
    if event.draft and not settings.pull_request_drafts:
        return Decision(
            DeliveryOutcome.IGNORED,
            "the pull request is a draft",
            ref=event.ref,
            commit_sha=event.head_sha,
            pr_number=event.number,
        )
    trigger = Trigger(
        provider=repository.provider,
        event_key=event_key(repository.repo_id, event.head_sha, "pull_request", event.number),
        event_type="pull_request",
        full_name=repository.full_name,
        sender=_short(event.sender),
        pr_number=event.number,
        head_repository=event.head_repository,
        head_ref=event.head_ref,
        target_ref=event.target_ref,
        target_sha=event.target_sha,
    )
    reason = f"pull request #{event.number} {event.action}"
    return _run(repository, trigger, event.ref, event.head_sha, reason, fork=event.fork)


def _on_push(event: Push, repository: KnownRepository) -> Decision:
    kind = "tag" if event.ref.startswith(TAGS) else "push"
    trigger = Trigger(
        provider=repository.provider,
        event_key=event_key(repository.repo_id, event.commit_sha, kind, None),
        event_type=kind,
        full_name=repository.full_name,
        sender=_short(event.sender),
        head_repository=repository.full_name,
        head_ref=event.ref,
        before_sha=event.before_sha,
    )
    reason = f"{kind} to {event.ref}" if kind == "push" else f"tag {event.ref.removeprefix(TAGS)}"
    decision = _run(repository, trigger, event.ref, event.commit_sha, reason, fork=False)
    left_out = f"no run for {event.others} more refs of the same delivery" if event.others else ""
    return replace(decision, reason=left_out)


def _run(
    repository: KnownRepository,
    trigger: Trigger,
    ref: str,
    commit_sha: str,
    reason: str,
    *,
    fork: bool,
) -> Decision:
    new = NewRun(
        repo_id=repository.repo_id,
        ref=ref,
        commit_sha=commit_sha,
        base_sha=None,
        kind=RunKind.WEBHOOK,
        reason=reason[:500],
        fork=fork,
        actor=f"{repository.provider}:{trigger.sender}",
        workflow_id=workflow_id("run", "webhook", repository.provider, trigger.event_key),
        forge=repository.forge,
        trigger=trigger,
    )
    return Decision(
        DeliveryOutcome.RUN_CREATED,
        run=new,
        ref=ref,
        commit_sha=commit_sha,
        pr_number=trigger.pr_number,
    )


def _short(name: str) -> str:
    """A login as it may be kept; forges' logins are short and printable."""
    return "".join(c for c in name if c.isprintable())[:SENDER_MAX_LENGTH] or "unknown"

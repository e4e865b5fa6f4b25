"""Payloads of the form that GitHub gave them, and Gitea and Forgejo took over."""

from collections.abc import Mapping
from typing import Any

from deltaci.vcs import webhook_body as body_of
from deltaci.vcs.port import Event, Ignored, PullRequest, Push, Remark

HEADS = "refs/heads/"
TAGS = "refs/tags/"


def push(payload: Mapping[str, Any]) -> Event:
    """Return what a push did to a branch or tag. Raises InvalidRequestError."""
    ref = body_of.ref(payload, "ref")
    if not ref.startswith((HEADS, TAGS)):
        return Ignored(f"{ref} is neither a branch nor a tag")
    after = body_of.commit(payload, "after")
    if payload.get("deleted") is True or not after.strip("0"):
        return Ignored(f"{ref} was deleted")
    # Of an annotated tag `after` is the tag's own object, and the head commit what it stands for.
    tagged = body_of.commit_or_none(payload, "head_commit", "id") if ref.startswith(TAGS) else None
    return Push(
        ref=ref,
        commit_sha=tagged or after,
        before_sha=body_of.commit_or_none(payload, "before"),
        sender=sender(payload),
    )


def pull_request(payload: Mapping[str, Any], action: str, *, draft: bool) -> PullRequest:
    """Return the pull request that something happened to. Raises InvalidRequestError."""
    number = body_of.number(payload, "pull_request", "number")
    pull = payload["pull_request"]
    head_repository = body_of.short_text(pull, "head", "repo", "full_name")
    head_ref = body_of.ref(pull, "head", "ref")
    return PullRequest(
        number=number,
        action=action,
        ref=f"refs/pull/{number}/head",
        head_sha=body_of.commit(pull, "head", "sha"),
        head_ref=head_ref,
        head_repository=head_repository,
        target_ref=HEADS + body_of.ref(pull, "base", "ref"),
        target_sha=body_of.commit_or_none(pull, "base", "sha"),
        fork=_is_elsewhere(payload, head_repository, head_ref),
        draft=draft,
        sender=sender(payload),
    )


def _is_elsewhere(payload: Mapping[str, Any], head_repository: str, head_ref: str) -> bool:
    """Whether the head is no branch of the repository that the delivery is about.

    Whoever may read a repository of Gitea may push a pull request into it, without a fork and
    without a branch (`refs/for/…`): head and base are then the same repository, and only the head's
    full ref tells that nobody with write access put it there.
    """
    ours = body_of.same_repository(
        head_repository,
        body_of.short_text(payload, "pull_request", "base", "repo", "full_name"),
        body_of.short_text(payload, "repository", "full_name"),
    )
    return not ours or head_ref.startswith("refs/")


def remark(payload: Mapping[str, Any]) -> Remark:
    """Return the comment. Raises InvalidRequestError."""
    return Remark(
        number=body_of.number(payload, "issue", "number"),
        comment_id=str(body_of.number(payload, "comment", "id", below=2**63)),
        author=body_of.text(payload, "comment", "user", "login"),
        body=body_of.text_or_nothing(payload, "comment", "body"),
    )


def sender(payload: Mapping[str, Any]) -> str:
    """Return who caused the delivery, or nothing."""
    return body_of.short_text(payload, "sender", "login")

"""What use cases need from a forge: one adapter per provider, all with the same functions.

GitLab's merge requests are pull requests here. Everything that comes from a forge is hostile until
`Webhooks.verify` has said that a holder of the secret sent it; its texts remain so afterwards.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from deltaci.errors import DeltaError
from deltaci.wire.forges import Provider as Provider  # noqa: PLC0414 - part of this port

# Inwards: what a forge tells us.


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook call as it was read, nothing of it proven yet."""

    event: str
    """The forge's own name of the event."""
    delivery_id: str
    """The forge's id of this delivery; empty when it sent none."""
    full_name: str
    """The repository that it says it is about, `owner/name`; empty when it names none."""
    body: bytes = field(repr=False)
    payload: Mapping[str, Any] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    """Lower-case names; signatures and tokens are among them."""


@dataclass(frozen=True, slots=True)
class Push:
    """A branch or tag points to another commit."""

    ref: str
    """A full ref: `refs/heads/…` or `refs/tags/…`."""
    commit_sha: str
    """The commit itself, also for an annotated tag, if the forge says which it is."""
    before_sha: str | None
    """Where the ref pointed before; None for a new one."""
    sender: str
    others: int = 0
    """How many more refs the same delivery told of, which nothing follows from."""


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request has a head that nobody has looked at yet."""

    number: int
    action: str
    """`opened`, `synchronize`, `reopened` or `ready_for_review`."""
    ref: str
    """Where the head can be fetched from the base repository, such as `refs/pull/7/head`."""
    head_sha: str
    """Abbreviated where the forge says no more: `Forge.commits` then knows the whole."""
    head_ref: str
    """The branch's name in the head repository."""
    head_repository: str
    """`owner/name`; empty when the forge does not say, which counts as a fork."""
    target_ref: str
    """The full ref that it is to be merged into."""
    target_sha: str | None
    """Where that ref pointed; None when the forge does not say."""
    fork: bool
    draft: bool
    sender: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Somebody wrote a new comment under a pull request."""

    number: int
    comment_id: str
    author: str
    """The login by which the forge knows the author."""
    body: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing that we act on; `reason` is for people who look why."""

    reason: str


Event = Push | PullRequest | Remark | Ignored


class Webhooks(Protocol):
    """The inward half of an adapter: pure functions of what was received."""

    def read(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Read a call without believing it.

        `headers` have lower-case names. Raises InvalidRequestError when the event header is missing
        or the body is no JSON object of bounded depth; never anything else, whatever the bytes.
        """
        ...

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> bool:
        """Whether one of the secrets signed the call; compared in constant time.

        False, never an error, for a missing or odd signature, and when there are no secrets.
        """
        ...

    def parse(self, delivery: Delivery) -> Event:
        """Return what happened, of a verified call.

        Raises InvalidRequestError when something that the event must have is missing or malformed.
        """
        ...


# Outwards: what we tell a forge.


class Verdict(StrEnum):
    """How a run or job stands, in words that every forge has a counterpart of."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    SKIPPED = "skipped"
    """Nothing to do; a required check counts it as passed."""

    @property
    def is_final(self) -> bool:
        """Whether nothing follows."""
        return self not in {Verdict.QUEUED, Verdict.RUNNING}

    @property
    def rank(self) -> int:
        """A check moves to a higher rank only."""
        return {Verdict.QUEUED: 0, Verdict.RUNNING: 1}.get(self, 2)


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark at a place in the changed files. Its texts are plain, not Markdown."""

    path: str
    """Relative to the repository's root, with `/`."""
    line: int
    """Counted from 1."""
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class Check:
    """What a forge should show of a run or a job; texts are inert, adapters cut them to size."""

    reference: str
    """Ours and lasting, `<run id>` or `<run id>/<job>`: a lost external id is found by it."""
    name: str
    commit_sha: str
    verdict: Verdict
    title: str
    """One plain line; it names the state, as not every forge knows all verdicts."""
    summary: str
    """Markdown."""
    url: str
    """Where people see more; empty when there is no such place."""
    ref: str = ""
    """The ref that the run was for; GitLab wants it."""
    started_at: datetime | None = None
    completed_at: datetime | None = None
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A repository on its forge, and the credential that is its own, if it has one."""

    full_name: str
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class GitCredential:
    """What git needs to fetch a private repository over https."""

    username: str
    password: str = field(repr=False)


class ForgeUnavailableError(DeltaError):
    """The forge cannot be reached, is in trouble, or asks us to wait; try again."""

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class ForgeRefusedError(DeltaError):
    """The forge said no, and will say so again until somebody changes something.

    `status` is its answer's HTTP status, where adapters need to tell one no from another.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class ForgeGoneError(ForgeRefusedError):
    """What we wanted to change is not there any more."""


class ForgeApi(Protocol):
    """The outward half of an adapter.

    Every call is bounded in time and goes to the configured host only. Each raises
    ForgeUnavailableError for what may pass and ForgeRefusedError for what will not; neither ever
    carries a credential. Every call may be repeated.
    """

    async def publish(self, place: Place, check: Check, external_id: str | None) -> str:
        """Show the check, anew or in place of the one with this id; returns its id.

        Raises ForgeGoneError when there is none with this id any more.
        """
        ...

    def stands_apart(self, external_id: str) -> bool:
        """Whether a check of this id can change without changing later ones of its name."""
        ...

    async def find_check(self, place: Place, check: Check) -> str | None:
        """Find a check of ours by its reference, should its id have been lost."""
        ...

    async def write_comment(
        self, place: Place, number: int, body: str, comment_id: str | None
    ) -> str:
        """Comment on a pull request, anew or in place of the comment with this id; returns its id.

        Raises ForgeGoneError when there is none with this id any more.
        """
        ...

    async def find_comment(self, place: Place, number: int, marker: str) -> str | None:
        """Find a comment of ours that contains the marker, should its id have been lost."""
        ...

    async def may_write(self, place: Place, login: str) -> bool:
        """Whether this person may push to the repository."""
        ...

    async def git_credential(self, place: Place) -> GitCredential | None:
        """Return what git may fetch with, as short-lived as the forge has it; None for nothing."""
        ...


class CommitLookup(Protocol):
    """What only a forge needs whose deliveries abbreviate commit ids; bound as ForgeApi is."""

    async def whole_commit(self, place: Place, abbreviation: str) -> str:
        """Return the full id of the commit that begins so. Raises ForgeGoneError for none."""
        ...


async def _nothing_to_close() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Forge:
    """A provider as these settings have it."""

    provider: Provider
    webhooks: Webhooks
    api: ForgeApi
    url: str
    """Where people and git reach it, without a trailing slash; empty when it is not configured."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Webhook secrets that count for all of its repositories."""
    auto_register: bool = False
    """Whether a repository first seen in a delivery that one of `secrets` signed is registered."""
    commits: CommitLookup | None = None
    """Of a forge that abbreviates the heads of pull requests; None for one that does not."""
    close: Callable[[], Awaitable[None]] = field(default=_nothing_to_close, repr=False)
    """Drops the connections; call nothing afterwards."""

    def clone_url(self, full_name: str) -> str:
        """Return the address that git fetches a repository from."""
        return f"{self.url}/{full_name}.git"


Forges = Mapping[Provider, Forge]

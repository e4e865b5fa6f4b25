"""The commits of registered repositories, each read from a bare mirror in one folder."""

import asyncio
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from deltaci.addresses import AddressRules, host_of
from deltaci.admission import Admission
from deltaci.errors import InvalidRequestError, UnavailableError
from deltaci.planner.model import Diff, Tree, TreeEntry
from deltaci.vcs.git import GitError, Mirror
from deltaci.vcs.git_errors import GitTimeoutError, UnprovenError
from deltaci.vcs.git_login import NOBODY, CredentialSource, Login
from deltaci.vcs.git_names import local_path
from deltaci.vcs.git_serve import AT_ONCE, CommitServer
from deltaci.vcs.port import ForgeRefusedError, ForgeUnavailableError

MAY_PASS = (GitTimeoutError, ForgeUnavailableError)
REMOTE_FAILURE = "the repository cannot be read, or has no such commit"

log = structlog.get_logger(__name__)


class MirroredCommits:
    """Implements the `Commits` and `ServableCommits` ports over one mirror."""

    def __init__(self, mirror: Mirror, url: str, access: "Access") -> None:
        self._mirror = mirror
        self._url = url
        self._access = access
        self._is_remote = local_path(url) is None

    async def resolve(self, ref: str) -> str:
        """See Commits."""
        if not self._is_remote:
            return await self._resolve(ref)
        async with self._access.lookups.enter(self._access.lookup_seconds):
            return await self._resolve(ref)

    async def _resolve(self, ref: str) -> str:
        await self._access.rules.check(self._url)
        with _refusing(remote=self._is_remote):
            return await self._mirror.resolve(self._url, ref)

    async def bring(self, commit_sha: str, ref: str, *, vouched: bool = False) -> None:
        """See Commits."""
        await self._access.rules.check(self._url)
        with _refusing(remote=self._is_remote, worth_another_try=self._is_remote):
            await self._mirror.ensure(self._url)
            if vouched or not self._is_remote:
                await self._mirror.fetch(self._url, commit_sha, ref=ref)
            else:
                await self._mirror.prove(self._url, commit_sha, ref)

    async def serve(self, commit_sha: str) -> CommitServer:
        """See ServableCommits."""
        with _refusing():
            ref = await self._mirror.kept_ref(commit_sha)
            return CommitServer(self._mirror, ref, self._access.turns)

    async def first_parent(self, commit_sha: str) -> str | None:
        """See Commits."""
        with _refusing():
            return await self._mirror.first_parent(commit_sha)

    async def merge_base(self, one: str, other: str) -> str | None:
        """See Commits."""
        with _refusing():
            return await self._mirror.merge_base(one, other)

    async def tree(self, commit_sha: str) -> Tree:
        """See Commits."""
        with _refusing():
            return MirroredTree(await self._mirror.tree(commit_sha))

    async def diff(self, base_sha: str | None, head_sha: str) -> Diff:
        """See Commits."""
        with _refusing():
            return await self._mirror.diff(base_sha, head_sha)


@dataclass(frozen=True, slots=True)
class MirroredTree:
    """A tree whose reading fails in our terms."""

    tree: Tree

    @property
    def entries(self) -> Mapping[str, TreeEntry]:
        """See Tree."""
        return self.tree.entries

    def read_many(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """See Tree."""
        with _refusing():
            return self.tree.read_many(paths)


@dataclass(frozen=True, slots=True)
class Access:
    """How repositories are reached: which, as whom, and how many wait how long for a ref."""

    rules: AddressRules
    lookups: Admission
    lookup_seconds: float
    credentials: CredentialSource | None = None
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    """For handing commits out."""

    async def login(self, repo_id: str, url: str) -> Login:
        """Return how git logs in at the address of a repository."""
        if self.credentials is None or not self._may_carry_credentials(url):
            return NOBODY
        credential = await self.credentials(repo_id, url)
        return Login.at(url, credential) if credential else NOBODY

    def _may_carry_credentials(self, url: str) -> bool:
        """Whether it is https, or http to a host that the settings name: a network of their own."""
        scheme = urlsplit(url).scheme
        return scheme == "https" or (scheme == "http" and host_of(url) in self.rules.hosts)


class MirrorSource:
    """Implements `CommitSource` and `ServableSource`: one mirror per repository and address."""

    def __init__(self, folder: Path, timeout_seconds: int, access: Access) -> None:
        self._folder = folder
        self._timeout_seconds = timeout_seconds
        self._access = access

    def __call__(self, repo_id: str, url: str) -> MirroredCommits:
        """See CommitSource."""
        name = hashlib.sha256(f"{repo_id}\0{url}".encode()).hexdigest()[:32]
        mirror = Mirror(
            self._folder / f"{name}.git",
            timeout_seconds=self._timeout_seconds,
            login=partial(self._access.login, repo_id),
        )
        return MirroredCommits(mirror, url, self._access)


@contextmanager
def _refusing(*, remote: bool = False, worth_another_try: bool = False) -> Iterator[None]:
    """Say what went wrong in our terms; over a network most of it may pass.

    What git says about another server is for the log only: callers could probe the network with it.
    """
    try:
        yield
    except UnprovenError as error:
        raise InvalidRequestError(error.message) from error
    except (GitError, ForgeRefusedError, ForgeUnavailableError) as error:
        message = REMOTE_FAILURE if remote else error.message
        if remote:
            log.warning("repository_not_read", error=error.message)
        if worth_another_try or isinstance(error, MAY_PASS):
            raise UnavailableError(message) from error
        raise InvalidRequestError(message) from error

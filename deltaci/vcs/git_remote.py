"""Asking a server which commit a ref names, without fetching anything."""

from deltaci.vcs.git_errors import GitError
from deltaci.vcs.git_login import NOBODY, Login
from deltaci.vcs.git_names import is_object_id, ref_candidates
from deltaci.vcs.git_repository import run_git

_LISTING_MAX_BYTES = 1024 * 1024


async def remote_commit(url: str, ref: str, timeout_seconds: float, login: Login = NOBODY) -> str:
    """Return the commit that a branch, tag (peeled) or full ref names at `url`. Raises GitError."""
    names = ref_candidates(ref)
    patterns = [pattern for name in names for pattern in (name, f"{name}^{{}}")]
    listed = await run_git(
        ["ls-remote", "--quiet", "--", url, *patterns],
        timeout_seconds,
        max_bytes=_LISTING_MAX_BYTES,
        login=login,
    )
    found = {}
    for line in listed.stdout.decode("utf-8", "replace").splitlines():
        oid, _, name = line.partition("\t")
        found[name] = oid
    for pattern in (p for name in names for p in (f"{name}^{{}}", name)):
        if is_object_id(found.get(pattern, "")):
            return found[pattern]
    raise GitError(f"{ref!r} names no commit at this address")

"""What may be handed to git as an address, a ref or an object id."""

import re
from pathlib import Path

from deltaci.vcs.git_errors import GitError

_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REF_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)|[/.]$|^[-./]")
_SCHEMES = ("file://", "git://", "http://", "https://", "ssh://")
_SCP_LIKE = re.compile(r"[A-Za-z0-9_.@-]+:(?!:|//)[^\x00-\x20]+")


def is_object_id(text: str) -> bool:
    """Whether `text` is a full SHA-1 or SHA-256 object id."""
    return _OID.fullmatch(text) is not None


def checked_object_id(text: str) -> str:
    """Return the full object id, or raise GitError."""
    if not is_object_id(text):
        raise GitError(f"{text!r} is not a full commit id")
    return text


def checked_ref(text: str) -> str:
    """Return the ref name if git itself would accept it, or raise GitError."""
    if not text or _REF_FORBIDDEN.search(text):
        raise GitError(f"{text!r} is not a valid ref")
    return text


def checked_address(text: str) -> str:
    """Return the repository address if it is of an allowed kind, or raise GitError."""
    usable = "\n" not in text and "\0" not in text and not text.startswith("-")
    if usable and (local_path(text) or text.startswith(_SCHEMES) or _SCP_LIKE.fullmatch(text)):
        return text
    raise GitError("the repository address must be an absolute path or an https, ssh or git URL")


def local_path(address: str) -> Path | None:
    """Return the folder that a local address names, or None when it is elsewhere."""
    path = Path(address.removeprefix("file://"))
    return path if path.is_absolute() else None


def ref_candidates(ref: str) -> tuple[str, ...]:
    """Return the full names that `ref` may stand for, the preferred one first.

    A branch wins over a tag of the same name, because changes are made on branches.
    """
    if ref == "HEAD" or ref.startswith("refs/"):
        return (checked_ref(ref),)
    checked_ref(ref)
    return (f"refs/heads/{ref}", f"refs/tags/{ref}", f"refs/{ref}")

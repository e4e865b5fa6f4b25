"""Build statuses of Bitbucket Cloud, each with a key that is ours to choose."""

import hashlib
import re

from deltaci.vcs.commit_status import status_line, status_name
from deltaci.vcs.port import Check, Verdict

STATES = {
    Verdict.QUEUED: "INPROGRESS",
    Verdict.RUNNING: "INPROGRESS",
    Verdict.SUCCESS: "SUCCESSFUL",
    Verdict.FAILURE: "FAILED",
    Verdict.CANCELLED: "STOPPED",
    Verdict.TIMED_OUT: "FAILED",
    Verdict.SKIPPED: "SUCCESSFUL",
}
KEY_MAX_LENGTH = 40
DIGITS = 16

_PLAIN = re.compile(f"[A-Za-z0-9._-]{{1,{KEY_MAX_LENGTH}}}")
_ODD = re.compile("[^A-Za-z0-9._-]+")


def status_key(name: str) -> str:
    """Return the key of the check of this name, the same for ever.

    It is the name itself if that is short and plain; otherwise as much of it as fits before a hash.
    """
    if _PLAIN.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:DIGITS]
    return f"{_ODD.sub('-', name)[: KEY_MAX_LENGTH - DIGITS - 1]}-{digest}"


def status_body(check: Check, page: str) -> dict[str, str]:
    """Return the status that shows the check; it must lead somewhere, to `page` if nowhere else."""
    return {
        "key": status_key(check.name),
        "state": STATES[check.verdict],
        "name": status_name(check),
        "description": status_line(check),
        "url": check.url or page,
    }

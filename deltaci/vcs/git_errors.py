"""What goes wrong with git, said without leaking credentials or obeying hostile output."""

import re

MESSAGE_MAX_CHARACTERS = 500
_URL_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff]+")


class GitError(Exception):
    """A git command failed; the message is safe to show and to store."""

    def __init__(self, message: str) -> None:
        self.message = clean_output(message)
        super().__init__(self.message)


class UnprovenError(GitError):
    """The commit may be on the server, but nothing says that it is the repository's own."""


class GitTimeoutError(GitError):
    """A git command was stopped because it took too long."""


class GitOutputError(GitError):
    """A git command was stopped because it wrote more than is accepted."""


def clean_output(text: str) -> str:
    """Return one printable line of at most 500 characters, with credentials in URLs removed."""
    line = _CONTROL.sub(" ", _URL_CREDENTIALS.sub("***@", text)).strip()
    if len(line) > MESSAGE_MAX_CHARACTERS:
        return line[: MESSAGE_MAX_CHARACTERS - 1] + "…"
    return line

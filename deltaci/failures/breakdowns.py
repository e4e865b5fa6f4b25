r"""What programs print when the machine, the network or a missing tool stops them.

A line counts only when it has the whole shape of the message, from its beginning. Text that merely
mentions `timeout` or `killed` never does. Even so a log can be forged, so a shape that stands for a
known exit code is believed only together with that code.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from deltaci.failures.verdict import Category, Cause, Confidence


class Breakdown(Enum):
    """A cause outside the tested code: category, confidence when certain, phrase."""

    TIMEOUT = (Category.INFRA, Confidence.MEDIUM, "Job timed out")
    KILLED = (Category.INFRA, Confidence.HIGH, "Killed, most likely for lack of memory")
    MEMORY = (Category.INFRA, Confidence.HIGH, "Ran out of memory")
    DISK = (Category.INFRA, Confidence.HIGH, "Ran out of disk space")
    NETWORK = (Category.INFRA, Confidence.HIGH, "Network failure")
    MISSING = (Category.TOOLING, Confidence.HIGH, "Missing tool")
    DENIED = (Category.TOOLING, Confidence.MEDIUM, "Permission denied")
    CHECKOUT = (Category.INFRA, Confidence.MEDIUM, "The commit could not be checked out")
    RUNNER = (Category.INFRA, Confidence.MEDIUM, "The runner could not run the job")
    FOLDER = (Category.USER, Confidence.HIGH, "The job names a folder that it cannot use")

    def cause(self, confidence: Confidence | None = None) -> Cause:
        """The cause, with another confidence when the evidence supports less."""
        category, certain, phrase = self.value
        return Cause(category, confidence or certain, phrase)


@dataclass(frozen=True, slots=True)
class LogShape:
    """A message as one log line, matched from the line's beginning."""

    breakdown: Breakdown
    pattern: re.Pattern[str]
    exits: frozenset[int]
    """Exit codes that confirm the message."""
    alone: bool
    """Whether the message counts, with less confidence, when the exit code is another."""


def _line(
    breakdown: Breakdown, pattern: str, exits: Iterable[int] = (), *, alone: bool = True
) -> LogShape:
    return LogShape(breakdown, re.compile(pattern, re.ASCII), frozenset(exits), alone)


_SHELL = r"(?:\S{0,100}/)?(?:ba|da|z|k|a)?sh: (?:(?:line )?\d{1,6}: )?"
_NAME = r"(?P<name>[^\s:'\"`\u2018\u2019]{1,100})"
_UNREACHABLE = (
    r"(?:Could not resolve|Couldn't resolve|Failed to connect"
    r"|Connection (?:timed out|refused|reset)|Operation timed out|Network is unreachable"
    r"|Recv failure|gnutls_handshake|SSL_"
    r"|The requested URL returned error: 5\d\d|getaddrinfo|Temporary failure)"
)
_NPM = r"(?:npm (?:ERR!|error) |error |\s?ERR_PNPM_\w{1,40}\s)"
_SOCKET = (
    r"(?:ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENETUNREACH|ERR_SOCKET_TIMEOUT)"
)
_DIAL = r"(?:dial tcp|net/http: TLS handshake timeout|.{0,60}i/o timeout|read tcp)"

LOG_SHAPES = (
    _line(Breakdown.MISSING, rf"{_SHELL}{_NAME}: (?:command )?not found$", {127}, alone=False),
    _line(Breakdown.MISSING, rf"{_SHELL}{_NAME}: No such file or directory$", {127}, alone=False),
    _line(
        Breakdown.MISSING,
        rf"(?:/usr/bin/)?env: .?{_NAME}.?: No such file or directory$",
        {127},
        alone=False,
    ),
    _line(
        Breakdown.MISSING,
        rf"g?make(?:\[\d{{1,3}}\])?: {_NAME}: No such file or directory$",
        {127},
        alone=False,
    ),
    _line(
        Breakdown.MISSING,
        rf'.{{0,200}}\bexec: "{_NAME}": executable file not found in \$PATH$',
        {126, 127},
    ),
    _line(Breakdown.MISSING, rf"\S{{0,200}}python[\d.]{{0,8}}: No module named {_NAME}$"),
    _line(Breakdown.DENIED, rf"{_SHELL}{_NAME}: Permission denied$", {126}, alone=False),
    _line(Breakdown.DENIED, r"\S{1,100}: Permission denied \(publickey[\w,-]{0,60}\)\.$", {128}),
    _line(Breakdown.DENIED, rf"{_NPM}code EACCES$"),
    _line(Breakdown.DISK, r".{0,400}\b[Nn]o space left on device(?:[.:\"')].{0,200})?$"),
    _line(Breakdown.DISK, rf"{_NPM}code ENOSPC$"),
    _line(
        Breakdown.MEMORY, r"fatal error: (?:runtime: )?(?:out of memory|cannot allocate memory)$"
    ),
    _line(Breakdown.MEMORY, r"FATAL ERROR: .{0,200}JavaScript heap out of memory$", {134}),
    _line(Breakdown.MEMORY, r"(?:Exception in thread .{0,100} )?java\.lang\.OutOfMemoryError\b"),
    _line(Breakdown.MEMORY, r"(?:\S{0,100}: )?fatal error: Killed signal terminated program \S+$"),
    _line(Breakdown.MEMORY, r"virtual memory exhausted: Cannot allocate memory$"),
    _line(
        Breakdown.KILLED,
        r"(?:Killed|\S{1,200}: (?:line )?\d{1,6}: +\d{1,8} Killed {2,}.{1,300})$",
        {137},
        alone=False,
    ),
    _line(
        Breakdown.NETWORK,
        r"curl: \((?:5|6|7|28|35|52|56)\) ",
        {5, 6, 7, 28, 35, 52, 56},
        alone=False,
    ),
    _line(Breakdown.NETWORK, rf"fatal: unable to access '[^']{{1,300}}': {_UNREACHABLE}", {128}),
    _line(
        Breakdown.NETWORK, r"ssh: (?:connect to host|Could not resolve hostname) \S+", {128, 255}
    ),
    _line(Breakdown.NETWORK, r"wget: unable to resolve host address ", {4}),
    _line(
        Breakdown.NETWORK,
        r"WARNING: Retrying \(Retry\(total=\d.{0,200} after connection broken by ",
    ),
    _line(
        Breakdown.NETWORK,
        r"ERROR: Could not install packages due to an OSError: HTTPS?ConnectionPool\(",
    ),
    _line(Breakdown.NETWORK, rf"{_NPM}(?:code|errno) {_SOCKET}$"),
    _line(Breakdown.NETWORK, rf"{_NPM}.{{0,200}}\b(?:getaddrinfo|connect) {_SOCKET}\b"),
    _line(Breakdown.NETWORK, rf"(?:go: |\S{{1,200}}\.go:\d{{1,6}}:\d{{1,4}}: ).{{1,300}}: {_DIAL}"),
    _line(
        Breakdown.NETWORK,
        r"(?:error|  Caused by): .{0,80}(?:dns error|client error \(Connect\))",
    ),
    _line(
        Breakdown.NETWORK, r"E: Failed to fetch \S+ .{0,200}(?:Temporary failure|Could not connect)"
    ),
    _line(Breakdown.NETWORK, rf"Error response from daemon: Get \"[^\"]{{1,300}}\": {_DIAL}"),
)


def _words(phrases: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w./=-])(?:{phrases})(?![\w/=-])")


SAID = (
    (Breakdown.RUNNER, re.compile("the runner could not run the job")),
    (Breakdown.CHECKOUT, re.compile("git could not (?:fetch|write the files of) the commit")),
    (
        Breakdown.FOLDER,
        re.compile("the repository has no folder|(?:leaves the workspace|cannot be resolved)$"),
    ),
    (
        Breakdown.NETWORK,
        _words(
            "dial tcp|connection refused|connection reset by peer|i/o timeout|tls handshake timeout"
            "|temporary failure|could not resolve host(?:name)?|network is unreachable"
            "|connection timed out"
        ),
    ),
    (Breakdown.TIMEOUT, _words("timed out|timeout|deadline exceeded")),
    (Breakdown.DISK, _words("no space left on device|no space|disk full")),
    (Breakdown.MEMORY, _words("out of memory|oom[- ]?killed")),
    (
        Breakdown.KILLED,
        re.compile(r"(?:^|(?:signal:|was|been|process|step|job|command|runner) )killed(?![\w/=-])"),
    ),
    (
        Breakdown.MISSING,
        _words("command not found|executable file not found|no such file or directory"),
    ),
    (Breakdown.DENIED, _words("permission denied")),
)
"""What a runner may say, in its own words and lower-case, and what it means. Ours comes first,
then the network: `i/o timeout` is not the job's timeout."""

EXIT_CODES = {124: Breakdown.TIMEOUT, 137: Breakdown.KILLED}
"""Exit codes that mean one thing by convention: timeout(1), and SIGKILL."""

SHELL_CODES = {
    126: Breakdown.DENIED.cause(),
    127: Breakdown.MISSING.cause(Confidence.MEDIUM),
}
"""What a shell answers when it cannot run a command; programs may answer the same."""

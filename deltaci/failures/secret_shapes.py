"""What well-known credentials look like, as patterns that any input costs linear time.

Each pattern stays within one line, has bounded repeats, and cannot begin inside a run of its own
characters, so that no input makes it rescan. All are ASCII, so that they mean the same on text and
on bytes read as Latin-1.
"""

import re
from dataclasses import dataclass

_VALUE = r"""(?P<secret>[^\s"'`,;&<>|\\]{1,1024})"""
_PHRASE = r"passw(?:or)?d|passphrase"
_NAMED = (
    rf"(?:{_PHRASE}|pwd(?=[ \t]?=[ \t]?[^/\s])|secret|token"
    r"|api[_-]?key|access[_-]?key|private[_-]?key)s?[0-9]{0,3}(?:[_-][a-z0-9_-]{0,40})?"
)
_NAMES = ("passw", "passphrase", "pwd", "secret", "token", "key")


@dataclass(frozen=True, slots=True)
class SecretShape:
    """One kind of credential. The group `secret` of `pattern` is the part to mask."""

    words: tuple[str, ...]
    """Lower-case texts, one of which stands in every match: a quick test before the pattern."""
    pattern: re.Pattern[str]


def _token(words: tuple[str, ...], body: str, inside: str = "A-Za-z0-9_-") -> SecretShape:
    """A credential recognised by its own prefix; `inside` are the characters it is made of."""
    return SecretShape(words, re.compile(rf"(?<![{inside}])(?P<secret>{body})", re.ASCII))


def _context(words: tuple[str, ...], pattern: str) -> SecretShape:
    """A secret recognised by what stands before it."""
    return SecretShape(words, re.compile(pattern, re.ASCII | re.IGNORECASE))


SHAPES = (
    _token(("akia", "asia", "abia", "acca"), r"A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _token(("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[pousr]_[A-Za-z0-9]{20,1024}"),
    _token(("github_pat_",), r"github_pat_[A-Za-z0-9_]{20,1024}"),
    _token(("gl",), r"gl[a-z]{2,6}-[A-Za-z0-9_.-]{20,1024}", "A-Za-z0-9_.-"),
    _token(("xox",), r"xox[a-z]-[A-Za-z0-9-]{10,1024}"),
    _token(("npm_",), r"npm_[A-Za-z0-9]{36,1024}"),
    _token(("pypi-",), r"pypi-[A-Za-z0-9_-]{16,1024}"),
    _token(("aiza",), r"AIza[A-Za-z0-9_-]{35,1024}"),
    _token(("k_live_", "k_test_"), r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,1024}"),
    _token(("sk-",), r"sk-[A-Za-z0-9_-]{20,1024}"),
    _token(("dckr_pat_",), r"dckr_pat_[A-Za-z0-9_-]{16,1024}"),
    _token(
        ("eyj",),
        r"eyJ[A-Za-z0-9_-]{5,1024}\.[A-Za-z0-9_-]{5,8192}(?:\.[A-Za-z0-9_-]{0,2048})?",
    ),
    _context(
        ("authorization",),
        r"""authorization["']?[ \t]{0,8}[:=][ \t]{0,8}["']?(?P<secret>[^\r\n"']{1,4096})""",
    ),
    _context(("bearer",), r"(?<![a-z0-9])bearer[ \t]{1,8}(?P<secret>[a-z0-9._~+/=-]{16,8192})"),
    _context(("://",), r"""://(?P<secret>[^\s/@:"'<>]{0,512}(?::[^\s/@"'<>]{0,1024})?)@"""),
    _context(_NAMES, rf"{_NAMED}[ \t]{{0,3}}=(?!=)[ \t]{{0,3}}[\"'`]?{_VALUE}"),
    _context(_NAMES, rf"{_NAMED}[\"']:[ \t]{{0,3}}[\"']{_VALUE}"),
    _context(_NAMES, rf"(?<=-){_NAMED}[ \t]{{1,3}}(?!-)[\"']?{_VALUE}"),
    _context(
        _NAMES,
        rf"(?:{_PHRASE}|api[_-]?key|(?:auth|access)[_-]?token)[ \t]?:[ \t]{{0,3}}{_VALUE}",
    ),
    _context(
        ("x-amz-",),
        r"x-amz-(?:signature|credential|security-token)=(?P<secret>[^\s&\"'<>]{8,4096})",
    ),
    _context(("sig",), r"[?&]sig(?:nature)?=(?P<secret>[^\s&\"'<>]{8,4096})"),
)
"""Tokens of AWS, GitHub, GitLab, Slack, npm, PyPI, Google, Stripe, OpenAI and Docker, and JSON Web
Tokens; then headers, user parts of URLs, assignments, JSON members, command-line flags, labels, and
signatures in URLs."""

KEY_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----", re.ASCII)
KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----", re.ASCII)
KEY_MAX_LINES = 200
"""A begun key without an end stops being masked after so many lines: it was not a key."""

LONGEST_MATCH = 16_384
"""No pattern above matches more characters than this."""

"""What is masked, what is not, and what is removed."""

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaci.failures.redaction import MASK, redact, strip_controls

TOKENS = [
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_" + "a1B2" * 9,
    "github_pat_" + "a1B2_" * 8,
    "glpat-" + "x" * 20,
    "xoxb-123456789012-abcdef",
    "npm_" + "a" * 36,
    "pypi-AgEIcHlwaS5vcmcCJDk",
    "AIza" + "b" * 35,
    "sk_live_" + "4" * 24,
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
]


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("around", ["{}", "using {} now", "('{}')", "\x1b[31m{}\x1b[0m", "a={},b"])
def test_well_known_tokens_are_masked(token: str, around: str) -> None:
    masked = redact(around.format(token))
    assert token not in masked
    assert MASK in masked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Authorization: Bearer abc", "Authorization: ***"),
        ("authorization: basic dTpw", "authorization: ***"),
        ("sent bearer abcdefghijklmnop to it", "sent bearer *** to it"),
        ("git clone https://u:p@host/x.git", "git clone https://***@host/x.git"),
        ("https://token@host/x", "https://***@host/x"),
        ("password=hunter2 next", "password=*** next"),
        ("DB_PASSWORD='hunter2'", "DB_PASSWORD='***'"),
        ("password: hunter2", "password: ***"),
        ("client_secret = s3cr3t", "client_secret = ***"),
        ("Server=db;Pwd=hunter2;", "Server=db;Pwd=***;"),
        ('{"api_key": "k1", "timeout": 3}', '{"api_key": "***", "timeout": 3}'),
        ("tool --auth-token t0ken --fast", "tool --auth-token *** --fast"),
        ("https://b/k?X-Amz-Signature=0123456789&x=1", "https://b/k?X-Amz-Signature=***&x=1"),
        ("https://b/k?sv=1&sig=0123456789&x=1", "https://b/k?sv=1&sig=***&x=1"),
    ],
)
def test_secrets_are_known_by_their_context(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Unexpected token: ';' at line 3",
        "assert token == 'x'",
        "timeout=30 retries=2 monkey=1",
        "PWD=/home/me/project",
        "bearer of bad news",
        "see https://example.com/a@b and me@example.com",
        "commit 0123456789abcdef0123456789abcdef01234567",
        "npm_config_cache and ghp_short",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert redact(text) == text


def test_a_private_key_is_masked_line_by_line() -> None:
    text = "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIB\n\nxyz\n-----END RSA PRIVATE KEY----- b\nc\n"
    assert redact(text) == "a\n***\n***\n\n***\n*** b\nc\n"


def test_a_key_that_never_ends_hides_a_bounded_part() -> None:
    text = "-----BEGIN PRIVATE KEY-----\n" + "line\n" * 500
    assert redact(text).count("line\n") == 301


def test_known_secrets_are_masked_in_their_usual_encodings() -> None:
    secret = 'p&ss "wörd" 1'
    shapes = [
        secret,
        "p%26ss%20%22w%C3%B6rd%22%201",
        'p&ss \\"wörd\\" 1',
        'p&ss \\"w\\u00f6rd\\" 1',
    ]
    for shape in shapes:
        assert redact(f"<{shape}>", [secret]) == "<***>"
    for user in ("", "u:", "me:"):
        encoded = base64.b64encode(f"{user}{secret}:x".encode()).decode()
        assert MASK in redact(f"<{encoded}>", [secret])


def test_every_line_of_a_known_secret_counts() -> None:
    secret = "first line of it\n}\nsecond line of it\n"
    masked = redact("x\n   first line of it\n}\nsecond line of it y", [secret])
    assert masked == "x\n   ***\n}\n*** y"


def test_overlapping_secrets_hide_each_other() -> None:
    assert redact("abcdefghi", ["abcdef", "defghi"]) == MASK


@pytest.mark.parametrize("secret", ["", " ", "\n", "abc", "***", "*****"])
def test_what_cannot_be_a_secret_masks_nothing(secret: str) -> None:
    assert redact("abc  \n*** x", [secret]) == "abc  \n*** x"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x\x1b]8;;http://e\x1b\\y", "xy"),
        ("\x1b\x1b[0m[0m", "[0m"),
        ("a\x00b\x08c\x7fd\x9b31me", "abcde"),
        ("10%\r20%\r\nend", "10% 20%\nend"),
        ("a\tb\nc", "a\tb\nc"),
        ("admin\u202etxt.exe\u200b", "admintxt.exe"),
        ("lone \ud800 half", "lone ? half"),
        ("naïve — ✓ 漢字 🎉", "naïve — ✓ 漢字 🎉"),
    ],
)
def test_what_a_terminal_would_obey_is_removed(text: str, expected: str) -> None:
    assert strip_controls(text) == expected


FRAGMENTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            *TOKENS,
            "password=",
            "token: ",
            '"secret": "',
            "--token ",
            "Authorization: ",
            "https://u:p@h/",
            "-----BEGIN PRIVATE KEY-----",
            "-----END PRIVATE KEY-----",
            "\x1b[",
            "\x1b]0;",
            "\n",
            "\r",
            "hunter2000",
        ]
    ),
)
HOSTILE = st.lists(FRAGMENTS, max_size=12).map("".join)


@given(HOSTILE, st.lists(st.text(max_size=12).filter(lambda text: "*" not in text), max_size=3))
def test_redacting_twice_changes_nothing(text: str, secrets: list[str]) -> None:
    once = redact(text, secrets)
    assert redact(once, secrets) == once


@given(HOSTILE)
def test_known_secrets_never_come_through(text: str) -> None:
    masked = redact(f"{text}hunter2000{text}", ["hunter2000"])
    assert "hunter2000" not in masked
    masked.encode("utf-8")


@given(HOSTILE)
def test_line_numbers_stay(text: str) -> None:
    assert redact(text, ["hunter2000"]).count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "unit",
    [
        "a", "-eyJ", "password", "password=", "://", "://a:", "authorization ", "bearer ", "ghp_",
        "secret_", "token   ", "\x1b]", "\x1b[0", "-----BEGIN ", "eyJaaaaa.", "x-amz-signature=",
        "-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----", "glaaaaaa-", "?sig", "api-key",
    ],
)  # fmt: skip
def test_a_hostile_megabyte_costs_linear_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    began = time.process_time()
    redact(text, ["a known secret"])
    assert time.process_time() - began < 5

"""Whatever others wrote, a forge shows it letter for letter and does nothing."""

from collections.abc import Callable
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from deltaci.reports.inert import NOTHING, code, fitting, is_safe_link, link, plain

HOSTILE = (
    "**bold** _it_ ~~gone~~ # title",
    "<script>alert(1)</script><img src=x onerror=y>&lt;",
    "@everyone @acme/owners #7 GH-7 acme/shop#7 !9 :tada:",
    "![](https://evil.example/pixel) [click](javascript:alert(1))",
    "https://evil.example www.evil.example",
    "`` ` ```",
    "`",
    "a\n\n- b\n```\nc\r\n> d\n| e |",
    "\\`\\",
    "$`x`$ $$y$$",
    "\x1b[31mred\x1b[0m \x00 \u202egnirts \u200b\u2066 \ufeff\udc80",
    "<!-- delta-ci run:run_1 -->",
    " ",
    "",
)
Test = Callable[..., None]
markdown = MarkdownIt("gfm-like", {"linkify": False}).enable(["table", "strikethrough"])


def _examples(test: Test) -> Test:
    for text in HOSTILE:
        test = example(text)(test)
    return test


def _inline(text: str) -> list[Token]:
    """Parse one item of a list; anything that breaks out of it shows as other blocks."""
    blocks = markdown.parse(f"- before {text} after\n- next")
    kinds = [block.type for block in blocks]
    item = ["list_item_open", "paragraph_open", "inline", "paragraph_close", "list_item_close"]
    assert kinds == ["bullet_list_open", *item, *item, "bullet_list_close"]
    return blocks[3].children or []


@_examples
@given(st.text())
def test_a_code_span_is_the_plain_text_and_nothing_else(text: str) -> None:
    tokens = [token for token in _inline(code(text)) if token.type != "text" or token.content]

    assert [token.type for token in tokens] == ["text", "code_inline", "text"]
    assert [token.content for token in tokens] == ["before ", plain(text) or NOTHING, " after"]


@_examples
@given(st.text(max_size=300))
def test_a_plain_text_is_one_line_of_visible_characters(text: str) -> None:
    shown = plain(text, 50)

    assert shown.isprintable()
    assert len(shown) <= 50
    if text.isprintable() and len(text) <= 50:
        assert shown == " ".join(text.split())


def test_what_orders_or_hides_is_written_out() -> None:
    assert plain("a\u202eb\u200bc\x1b[0m") == "a\\u202eb\\u200bc\\x1b[0m"


@_examples
@given(st.text() | st.from_regex(r"https://[ -~]{1,40}", fullmatch=True))
@example("https://user:secret@ci.example/log")
@example("https://ci.example/a)b")
@example("https://ci.example\\@evil.example/")
@example("s3://bucket/log.txt")
def test_an_address_is_a_link_only_when_it_is_safe(uri: str) -> None:
    tokens = _inline(link("log", uri))
    links = [token for token in tokens if token.type == "link_open"]

    assert len(links) == is_safe_link(uri)
    # A lone percent sign is written as `%25` by renderers.
    hrefs = [unquote(str(token.attrGet("href"))) for token in links]
    assert hrefs == [unquote(uri)] * len(links)
    assert {token.type for token in tokens} <= {"text", "code_inline", "link_open", "link_close"}


@pytest.mark.parametrize(
    ("uri", "is_safe"),
    [
        ("https://ci.example/runs/1?x=1&y=2", True),
        ("https://ci.example:8443", True),
        ("http://ci.example/", False),
        ("https://user@ci.example/", False),
        ("https://ci.example/<x>", False),
        ("https://ci.example/a b", False),
        ("https://ci.example/\u202e", False),
        ("https://кі.example/", False),
        ("https:///path", False),
        ("https://ci.example/" + "a" * 2000, False),
        ("s3://bucket/key", False),
        ("javascript:alert(1)", False),
    ],
)
def test_safe_addresses(uri: str, is_safe: bool) -> None:
    assert is_safe_link(uri) is is_safe


@given(st.lists(st.text("ab", max_size=30), max_size=30), st.integers(40, 200))
def test_what_does_not_fit_is_left_out_in_whole_lines(lines: list[str], most: int) -> None:
    shown = fitting(lines, most)

    assert len(shown) <= most
    if len("\n".join(lines)) <= most:
        assert shown == "\n".join(lines)
    else:
        *kept, _, last = shown.split("\n")
        assert kept == lines[: len(kept)]
        assert last == f"… and {len(lines) - len(kept)} lines more"

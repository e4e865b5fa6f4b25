import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaci.cli.text import harmless, harmless_log, one_line

COLOR = re.compile(r"\x1b\[[0-9;:]*m")


def dangerous(text: str) -> list[str]:
    kinds = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return [each for each in text if unicodedata.category(each) in kinds and each not in "\n\t"]


@given(st.text())
def test_nothing_that_drives_a_terminal_is_left(text: str) -> None:
    assert dangerous(harmless(text)) == []
    assert dangerous(one_line(text)) == []
    assert not set(one_line(text)) & {"\n", "\t"}
    assert dangerous(COLOR.sub("", harmless_log(text))) == []


@given(st.text(st.characters(categories=["L", "N", "P", "S"], include_characters=" \n\t")))
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize(
    ("log", "shown"),
    [
        ("plain\n", "plain\n"),
        (
            "\x1b[1;31mred\x1b[0m and \x1b[2Jgone\n",
            "\x1b[1;31mred\x1b[0m and \\x1b[2Jgone\x1b[0m\n",
        ),
        ("\x1b[41mleaking\nnext\n", "\x1b[41mleaking\x1b[0m\nnext\n"),
        ("over\rwritten", "over\\rwritten"),
        ("dos\r\nlines\r\n", "dos\nlines\n"),
    ],
)
def test_a_log_keeps_its_colors_and_nothing_else(log: str, shown: str) -> None:
    assert harmless_log(log) == shown

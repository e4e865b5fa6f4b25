"""Which words in a comment are a command. Comments are anybody's texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaci.commands.parse import (
    WORD_MAX_LENGTH,
    WORDS_MAX,
    Command,
    Verb,
    is_command,
    parse_command,
)

WORD = st.text(st.characters(categories=("L", "N"), include_characters="./_-"), min_size=1)
SPACE = st.text(" \t\u00a0\u2003", min_size=1, max_size=3)
INDENT = st.text(" \t", max_size=3)
LINE_END = st.sampled_from(["\n", "\r\n", "\r"])
CHATTER = st.text(max_size=40).filter(lambda text: "/ci" not in text)
COMMANDS = st.one_of(
    st.builds(Command, st.just(Verb.RERUN), st.lists(WORD, max_size=3).map(tuple)),
    st.just(Command(Verb.CANCEL)),
    st.builds(Command, st.just(Verb.WHY), st.tuples(WORD)),
)


@st.composite
def written(draw: st.DrawFn, command: Command) -> str:
    """One line that says it, with any space between the words and around them."""
    words = ["/ci", command.verb, *command.words]
    line = "".join(word + draw(SPACE) for word in words)
    return draw(INDENT) + draw(st.sampled_from([line, line.rstrip()]))


@given(st.data(), COMMANDS, CHATTER, CHATTER, LINE_END)
def test_a_command_on_a_line_of_its_own_is_understood(
    data: st.DataObject, command: Command, before: str, after: str, line_end: str
) -> None:
    body = line_end.join([before, data.draw(written(command)), after])
    assert parse_command(body) == command
    assert is_command(body)


@given(st.data(), st.lists(COMMANDS, min_size=2, max_size=4))
def test_the_first_of_several_is_the_command(data: st.DataObject, commands: list[Command]) -> None:
    body = "\n".join(data.draw(written(command)) for command in commands)
    assert parse_command(body) == commands[0]


@given(
    st.data(),
    COMMANDS,
    st.sampled_from(["> ", ">", ">> ", "* ", "please ", "`", "# ", "//ci ", "\u200b"]),
)
def test_what_is_quoted_or_mentioned_is_no_command(
    data: st.DataObject, command: Command, mark: str
) -> None:
    assert parse_command(mark + data.draw(written(command)).lstrip()) is None


@given(st.text())
def test_any_text_is_read_without_an_error(body: str) -> None:
    command = parse_command(body)
    assert command is None or command.verb in body


@pytest.mark.parametrize(
    "body",
    [
        "",
        "/ci",
        "/ci deploy",
        "/CI rerun",
        "/ci Rerun",
        "/cirerun",
        "/ci/rerun",
        "/ci cancel now",
        "/ci why",
        "/ci why two words",
        "/ci rerun " + "x" * (WORD_MAX_LENGTH + 1),
        "/ci rerun " + "job " * (WORDS_MAX + 1),
    ],
)
def test_what_makes_no_sense_is_no_command(body: str) -> None:
    assert parse_command(body) is None


def test_a_verb_without_sense_ends_the_search() -> None:
    assert parse_command("/ci cancel everything\n/ci cancel") is None

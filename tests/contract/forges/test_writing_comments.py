"""What every adapter promises about comments under pull requests."""

import pytest

from deltaci.testing.fake_forge.state import ShownComment
from deltaci.testing.forge_bench import Bench
from deltaci.vcs.port import ForgeGoneError, ForgeUnavailableError

MARKER = "<!-- delta-ci run:run_1 -->"
BODY = f"{MARKER}\n## It is *fine*"
PULL = 7


def _somebody_writes(bench: Bench, body: str, number: int = PULL) -> None:
    comment = ShownComment(bench.fake.state.next_id(), number, "mallory", body)
    bench.repository.comments.append(comment)


async def test_a_comment_is_written_once_and_edited_in_place(bench: Bench) -> None:
    comment_id = await bench.api.write_comment(bench.place, PULL, BODY, None)
    again = await bench.api.write_comment(bench.place, PULL, BODY + "!", comment_id)

    (comment,) = bench.repository.comments
    assert (again, comment.id) == (comment_id, comment_id)
    assert (comment.number, comment.author, comment.edits) == (PULL, bench.kind.account, 1)
    assert comment.body.startswith(BODY + "!")
    assert bench.fake.violations == []


async def test_a_lost_comment_is_found_by_its_marker(bench: Bench) -> None:
    await bench.api.may_write(bench.place, "ann")  # gets a token, where tokens are short-lived
    bench.fake.faults.drop_answer()
    with pytest.raises(ForgeUnavailableError):
        await bench.api.write_comment(bench.place, PULL, BODY, None)

    (comment,) = bench.repository.comments
    assert await bench.api.find_comment(bench.place, PULL, MARKER) == comment.id


async def test_somebody_elses_comment_with_our_marker_is_not_ours(bench: Bench) -> None:
    _somebody_writes(bench, BODY)

    assert await bench.api.find_comment(bench.place, PULL, MARKER) is None


async def test_ours_is_found_among_many_of_others(bench: Bench) -> None:
    for number in range(70):
        _somebody_writes(bench, f"{BODY} {number}")
    ours = await bench.api.write_comment(bench.place, PULL, BODY, None)
    for number in range(70):
        _somebody_writes(bench, f"{BODY} {number}")

    assert await bench.api.find_comment(bench.place, PULL, MARKER) == ours


@pytest.mark.parametrize("body", ["another text", "<!-- delta-ci run:run_2 -->"])
async def test_a_comment_without_the_marker_is_not_found(bench: Bench, body: str) -> None:
    await bench.api.write_comment(bench.place, PULL, body, None)

    assert await bench.api.find_comment(bench.place, PULL, MARKER) is None


async def test_a_comment_under_another_pull_request_is_not_found(bench: Bench) -> None:
    await bench.api.write_comment(bench.place, PULL + 1, BODY, None)

    assert await bench.api.find_comment(bench.place, PULL, MARKER) is None


async def test_a_comment_that_is_gone_says_so(bench: Bench) -> None:
    comment_id = await bench.api.write_comment(bench.place, PULL, BODY, None)
    bench.repository.comments.clear()

    with pytest.raises(ForgeGoneError):
        await bench.api.write_comment(bench.place, PULL, BODY, comment_id)


async def test_a_long_comment_is_cut_and_still_found(bench: Bench) -> None:
    long = BODY + "é😀x" * 300_000

    comment_id = await bench.api.write_comment(bench.place, PULL, long, None)
    await bench.api.write_comment(bench.place, PULL, long, comment_id)

    (comment,) = bench.repository.comments
    assert comment.body.startswith(BODY)
    assert len(comment.body) < len(long)
    assert "\ufffd" not in comment.body
    assert await bench.api.find_comment(bench.place, PULL, MARKER) == comment_id
    assert bench.fake.violations == []

"""Lists are read page by page, and rows that arrive meanwhile neither repeat nor hide others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaci.errors import InvalidRequestError
from deltaci.repositories.read import list_repositories
from deltaci.runs.read import list_runs
from deltaci.states import RunState
from deltaci.store.pagination import decode_cursor, encode_cursor
from deltaci.store.runs import RunFilter
from deltaci.testing.factories import Factory

ANY = RunFilter()


async def _pages(factory: Factory, wanted: RunFilter, limit: int) -> list[list[str]]:
    pages, cursor = [], ""
    while True:
        page = await list_runs(factory.core, wanted, limit=limit, cursor=cursor)
        pages.append([run.id for run in page.runs])
        if page.next_cursor is None:
            return pages
        cursor = page.next_cursor


@pytest.mark.parametrize(("limit", "sizes"), [(2, [2, 2, 1]), (5, [5]), (6, [5]), (1, [1] * 5)])
async def test_pages_hold_every_run_once_newest_first(
    factory: Factory, limit: int, sizes: list[int]
) -> None:
    runs = [await factory.run() for _ in range(5)]

    pages = await _pages(factory, ANY, limit)

    assert [len(page) for page in pages] == sizes
    assert [run_id for page in pages for run_id in page] == runs[::-1]


async def test_runs_created_meanwhile_do_not_disturb_the_next_page(factory: Factory) -> None:
    runs = [await factory.run() for _ in range(4)]
    first = await list_runs(factory.core, ANY, limit=2, cursor="")
    await factory.run()

    second = await list_runs(factory.core, ANY, limit=2, cursor=first.next_cursor or "")

    seen = [run.id for page in (first, second) for run in page.runs]
    assert seen == runs[::-1]


async def test_runs_of_one_moment_are_told_apart(factory: Factory) -> None:
    now, runs = factory.clock.now, set()
    for _ in range(7):
        factory.clock.now = now
        runs.add(await factory.run())

    pages = await _pages(factory, ANY, 3)

    seen = [run_id for page in pages for run_id in page]
    assert len(seen) == 7
    assert set(seen) == runs


async def test_filters_hold_on_every_page(factory: Factory) -> None:
    wanted = []
    for _ in range(3):
        wanted.append(await factory.run(ref="dev"))
        await factory.run(ref="main")

    pages = await _pages(factory, RunFilter(ref="dev"), 2)

    assert [run_id for page in pages for run_id in page] == wanted[::-1]
    assert await _pages(factory, RunFilter(state=RunState.FAILED), 2) == [[]]
    assert await _pages(factory, RunFilter(repo_id="acme/other"), 2) == [[]]


async def test_repositories_are_listed_by_name(factory: Factory) -> None:
    for name in ("c", "a", "b"):
        await factory.repository(name)

    first = await list_repositories(factory.core, limit=2, cursor="")
    second = await list_repositories(factory.core, limit=2, cursor=first.next_cursor or "")

    assert [each.repo_id for each in first.repositories] == ["a", "b"]
    assert [each.repo_id for each in second.repositories] == ["c"]
    assert second.next_cursor is None


@pytest.mark.parametrize("cursor", ["nonsense!", "e30", encode_cursor("a", "b"), "é", "W10"])
async def test_a_cursor_that_is_not_ours_is_refused(factory: Factory, cursor: str) -> None:
    with pytest.raises(InvalidRequestError):
        await list_runs(factory.core, ANY, limit=2, cursor=cursor)


async def test_a_cursor_for_a_run_that_is_not_there_finds_nothing(factory: Factory) -> None:
    await factory.run()

    page = await list_runs(factory.core, ANY, limit=2, cursor=encode_cursor("run_nobody"))

    assert page.runs == []


PRINTABLE = st.text(st.characters(categories=["L", "M", "N", "P", "S"]))


@given(st.lists(PRINTABLE, max_size=3))
def test_a_cursor_says_what_was_put_into_it(position: list[str]) -> None:
    assert decode_cursor(encode_cursor(*position), len(position)) == tuple(position)


@given(st.text())
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    try:
        decode_cursor(text, 1)
    except InvalidRequestError:
        return

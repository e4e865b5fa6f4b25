"""Same key and request: the same answer. Same key, other request: a conflict."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaci.core import Core
from deltaci.errors import IdempotencyConflictError, InvalidRequestError
from deltaci.store.idempotency import Keyed, store_answer, stored_answer
from deltaci.store.tables import IdempotencyKey
from deltaci.testing.row_reader import RowReader

REQUEST = {"repo_id": "acme/shop", "ref": "main"}


async def _ask(core: Core, keyed: Keyed, answer: str) -> str:
    """Answer as every use case does: the first to store wins, the others get its answer."""
    async with core.database.write() as tx:
        if await store_answer(tx, keyed, {"answer": answer}, core.clock()):
            return answer
        earlier = await stored_answer(tx, keyed)
    assert earlier is not None
    return str(earlier["answer"])


async def test_an_unknown_key_has_no_answer(core: Core) -> None:
    async with core.database.read() as tx:
        assert await stored_answer(tx, Keyed.of("runs", "key", REQUEST)) is None


async def test_the_same_request_gets_the_first_answer(core: Core) -> None:
    assert await _ask(core, Keyed.of("runs", "key", REQUEST), "first") == "first"
    assert await _ask(core, Keyed.of("runs", "key", REQUEST), "second") == "first"


async def test_another_request_under_the_key_is_a_conflict(core: Core) -> None:
    await _ask(core, Keyed.of("runs", "key", REQUEST), "first")

    with pytest.raises(IdempotencyConflictError):
        await _ask(core, Keyed.of("runs", "key", {**REQUEST, "ref": "dev"}), "second")


async def test_the_scope_keeps_callers_and_operations_apart(core: Core) -> None:
    await _ask(core, Keyed.of("runs:ada", "key", REQUEST), "ada's")

    assert await _ask(core, Keyed.of("runs:bob", "key", {"else": 1}), "bob's") == "bob's"


async def test_a_failed_request_leaves_the_key_free(core: Core, rows: RowReader) -> None:
    keyed = Keyed.of("runs", "key", REQUEST)

    async def fail() -> None:
        async with core.database.write() as tx:
            assert await store_answer(tx, keyed, {"answer": "lost"}, core.clock())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await rows.all(IdempotencyKey) == []
    assert await _ask(core, keyed, "kept") == "kept"


async def test_fifty_at_once_get_one_answer(core: Core, rows: RowReader) -> None:
    keyed = Keyed.of("runs", "key", REQUEST)

    answers = await asyncio.gather(*(_ask(core, keyed, f"answer {n}") for n in range(50)))

    assert len(set(answers)) == 1
    assert len(await rows.all(IdempotencyKey)) == 1


async def test_a_loser_whose_winner_fails_wins(core: Core) -> None:
    keyed = Keyed.of("runs", "key", REQUEST)
    claimed = asyncio.Event()

    async def fail() -> None:
        async with core.database.write() as tx:
            await store_answer(tx, keyed, {"answer": "lost"}, core.clock())
            claimed.set()
            raise RuntimeError

    async def follow() -> str:
        await claimed.wait()
        return await _ask(core, keyed, "kept")

    _failure, answer = await asyncio.gather(fail(), follow(), return_exceptions=True)

    assert answer == "kept"


@pytest.mark.parametrize("key", ["", "a" * 256, "a\nb", "a\x00b", "\x7f"])
def test_a_key_is_short_and_printable(key: str) -> None:
    with pytest.raises(InvalidRequestError, match="Idempotency-Key"):
        Keyed.of("runs", key, REQUEST)


@given(st.dictionaries(st.text(max_size=5), st.integers(-5, 5) | st.text(max_size=5)))
def test_the_order_of_members_does_not_matter(request_: dict[str, object]) -> None:
    backwards = dict(reversed(request_.items()))

    assert Keyed.of("runs", "key", request_) == Keyed.of("runs", "key", backwards)

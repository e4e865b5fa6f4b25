"""What every adapter promises about people, and about what git fetches with."""

import contextlib

import pytest

from deltaci.testing.forge_bench import FULL_NAME, TOKEN, Bench
from deltaci.vcs.port import ForgeRefusedError, Place


@pytest.mark.parametrize(("login", "may"), [("ann", True), ("bob", False), ("nobody", False)])
async def test_only_those_who_may_push_may_write(bench: Bench, login: str, may: bool) -> None:
    bench.repository.members = {"ann": True, "bob": False}

    assert await bench.api.may_write(bench.place, login) is may


@pytest.mark.parametrize(
    "login", ["", ".", "..", "../ann", "ann/../ann", "ann?x=1", "ann#", "%61nn", "änn", "a\0"]
)
async def test_a_login_that_leads_elsewhere_may_nothing(bench: Bench, login: str) -> None:
    bench.repository.members = {"ann": True}

    with contextlib.suppress(ForgeRefusedError):
        assert await bench.api.may_write(bench.place, login) is False
    assert bench.fake.violations == []


async def test_git_fetches_with_the_token_that_counts(bench: Bench) -> None:
    for_all = await bench.api.git_credential(bench.place)
    own = await bench.api.git_credential(Place(FULL_NAME, token="the repository's own"))

    assert for_all is not None
    assert own is not None
    assert (for_all.password == TOKEN) is not bench.kind.mints_tokens
    assert own.password == "the repository's own"
    assert for_all.username
    assert for_all.password not in repr(for_all)


async def test_without_a_token_git_fetches_with_nothing(bench: Bench) -> None:
    assert await bench.forge(token="").api.git_credential(bench.place) is None


async def test_a_repositorys_own_token_goes_before_that_for_all(bench: Bench) -> None:
    bench.fake.state.accounts["its own"] = "bot"
    own = Place(FULL_NAME, token="its own")

    ours = await bench.api.write_comment(own, 7, "marked", None)

    (comment,) = bench.repository.comments
    assert comment.author == "bot"
    assert await bench.api.find_comment(own, 7, "marked") == ours
    assert await bench.api.find_comment(bench.place, 7, "marked") is None

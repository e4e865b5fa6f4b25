"""Comments of ours and of others, people's rights, and whose credential counts."""

from collections.abc import Callable

import pytest

from deltaci.forge_settings import GitHubSettings
from deltaci.testing.fake_forge.forge import FakeForge
from deltaci.testing.fake_forge.state import ShownComment
from deltaci.vcs.github.forge import api_url
from deltaci.vcs.port import ForgeApi, ForgeGoneError, ForgeRefusedError, GitCredential, Place

PLACE = Place("acme/shop")
OWN = Place("acme/shop", token="ghp_of_the_repository")
MARKER = "<!-- delta-ci run:run_1 -->"


@pytest.fixture(params=["by_app", "by_token"])
def api(request: pytest.FixtureRequest) -> ForgeApi:
    """The adapter in both of its ways."""
    found: ForgeApi = request.getfixturevalue(request.param)
    return found


async def test_a_comment_is_written_edited_and_found(github: FakeForge, api: ForgeApi) -> None:
    comment_id = await api.write_comment(PLACE, 7, f"{MARKER} running", None)
    assert await api.write_comment(PLACE, 7, f"{MARKER} done", comment_id) == comment_id
    assert await api.find_comment(PLACE, 7, MARKER) == comment_id
    assert await api.find_comment(PLACE, 8, MARKER) is None
    (shown,) = github.repository(PLACE.full_name).comments
    assert (shown.body, shown.edits) == (f"{MARKER} done", 1)


async def test_a_pasted_marker_makes_no_comment_ours(github: FakeForge, api: ForgeApi) -> None:
    comments = github.repository(PLACE.full_name).comments
    for number, author in enumerate(("mallory", "delta-ci-", "other[bot]", "delta-ci[bot]x") * 10):
        comments.append(ShownComment(str(1000 + number), 7, author, f"me too {MARKER}"))
    assert await api.find_comment(PLACE, 7, MARKER) is None
    ours = await api.write_comment(PLACE, 7, MARKER, None)
    assert await api.find_comment(PLACE, 7, MARKER) == ours


async def test_a_long_comment_keeps_its_beginning(github: FakeForge, api: ForgeApi) -> None:
    await api.write_comment(PLACE, 7, MARKER + "ö" * 100_000, None)
    (shown,) = github.repository(PLACE.full_name).comments
    assert shown.body.startswith(MARKER)
    assert shown.body.endswith("*This is cut: the forge shows no more.*\n")
    assert len(shown.body.encode()) <= 65_536


async def test_what_is_gone_is_said_to_be(api: ForgeApi) -> None:
    with pytest.raises(ForgeGoneError):
        await api.write_comment(PLACE, 7, "again", "99")
    with pytest.raises(ForgeRefusedError) as refused:
        await api.write_comment(Place("acme/unknown"), 7, "anew", None)
    assert not isinstance(refused.value, ForgeGoneError)


async def test_who_may_write(github: FakeForge, api: ForgeApi) -> None:
    github.repository(PLACE.full_name).members |= {"ada": True, "bob": False}
    people = ("ada", "bob", "mallory", "ada/../ada", "ada?x", "%61da")
    assert [login for login in people if await api.may_write(PLACE, login)] == ["ada"]


async def test_a_repositorys_own_token_counts_before_all_others(
    github: FakeForge, api: ForgeApi
) -> None:
    github.state.accounts[OWN.token] = "the-repositorys"
    await api.write_comment(OWN, 7, "hello", None)
    (shown,) = github.repository(PLACE.full_name).comments
    assert shown.author == "the-repositorys"
    assert await api.git_credential(OWN) == GitCredential("x-access-token", OWN.token)


async def test_without_any_credential_only_public_repositories_can_be_read(
    github: FakeForge, connect: Callable[[], ForgeApi]
) -> None:
    api = connect()
    assert await api.git_credential(PLACE) is None
    with pytest.raises(ForgeRefusedError, match=r"no token for acme/shop.*DELTA_CI_GITHUB_TOKEN"):
        await api.write_comment(PLACE, 7, "hello", None)
    assert github.requests == []


async def test_a_refused_token_is_never_told(github: FakeForge, by_token: ForgeApi) -> None:
    github.revoke_tokens()
    with pytest.raises(ForgeRefusedError) as refused:
        await by_token.write_comment(PLACE, 7, "hello", None)
    assert "ghp_" not in repr(refused.value) + str(refused.value.details)


@pytest.mark.parametrize(
    ("url", "configured", "expected"),
    [
        ("https://github.com/", "", "https://api.github.com"),
        ("https://git.example.org", "", "https://git.example.org/api/v3"),
        ("https://github.com", "https://mirror.example.org", "https://mirror.example.org"),
        ("", "", ""),
    ],
)
def test_where_the_api_is(url: str, configured: str, expected: str) -> None:
    assert api_url(GitHubSettings(url=url, api_url=configured)) == expected

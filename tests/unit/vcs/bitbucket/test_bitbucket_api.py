"""What is special about Bitbucket Cloud's API."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from deltaci.forge_settings import BitbucketSettings
from deltaci.testing.fake_forge.forge import FakeForge
from deltaci.testing.fake_forge.state import Repository
from deltaci.vcs.bitbucket.api import BitbucketApi
from deltaci.vcs.bitbucket.forge import _api_url, bitbucket_forge
from deltaci.vcs.bitbucket.markers import hidden
from deltaci.vcs.bitbucket.statuses import status_key
from deltaci.vcs.forge_http import ForgeHttp
from deltaci.vcs.port import (
    Check,
    Forge,
    ForgeGoneError,
    ForgeRefusedError,
    Place,
    Provider,
    Verdict,
)

PLACE = Place("acme/shop")
TOKEN = "a-token"
COMMIT = "c0ffee" * 6 + "cafe"


@pytest.fixture
async def fake() -> AsyncIterator[FakeForge]:
    async with FakeForge(Provider.BITBUCKET, token=TOKEN) as fake:
        yield fake


@pytest.fixture
def repository(fake: FakeForge) -> Repository:
    return fake.repository(PLACE.full_name)


@pytest.fixture
async def forge(fake: FakeForge, repository: Repository) -> AsyncIterator[Forge]:
    settings = BitbucketSettings(url=fake.url, api_url=fake.api_url, token=SecretStr(TOKEN))
    made = bitbucket_forge(settings, 10)
    yield made
    await made.close()


def test_the_api_is_on_a_host_of_its_own() -> None:
    assert _api_url("https://bitbucket.org") == "https://api.bitbucket.org/2.0"


@given(st.text(), st.text())
def test_a_key_is_short_and_plain_and_tells_names_apart(one: str, other: str) -> None:
    assert re.fullmatch("[A-Za-z0-9._-]{1,40}", status_key(one))
    assert (status_key(one) == status_key(other)) is (one == other)


def test_a_plain_name_is_its_own_key() -> None:
    assert status_key("delta-ci") == "delta-ci"
    assert status_key("delta-ci: test") == "delta-ci-test-63a4a5b170ee139c"


async def test_a_check_without_an_address_leads_to_its_commit(
    fake: FakeForge, forge: Forge, repository: Repository
) -> None:
    check = Check("run_1", "delta-ci", COMMIT, Verdict.SUCCESS, "Fine", "", url="")
    external_id = await forge.api.publish(PLACE, check, None)

    (shown,) = repository.checks
    assert shown.url == f"{fake.url}/acme/shop/commits/{COMMIT}"
    assert await forge.api.find_check(PLACE, check) == external_id


async def test_an_abbreviated_commit_is_looked_up(forge: Forge, repository: Repository) -> None:
    repository.commits = {COMMIT}

    assert forge.commits is not None
    assert await forge.commits.whole_commit(PLACE, COMMIT[:12]) == COMMIT
    with pytest.raises(ForgeGoneError):
        await forge.commits.whole_commit(PLACE, "d" * 12)
    with pytest.raises(ForgeRefusedError):
        await forge.commits.whole_commit(PLACE, "..")


async def test_without_knowing_who_we_are_no_comment_is_ours(fake: FakeForge, forge: Forge) -> None:
    for _ in range(60):
        await forge.api.write_comment(PLACE, 7, "<!-- m -->", None)
    fake.requests.clear()
    fake.faults.fail_next(1, 403)

    assert await forge.api.find_comment(PLACE, 7, "<!-- m -->") is None
    assert len(fake.requests) == 2
    assert await forge.api.find_comment(PLACE, 7, "<!-- m -->") is not None


async def test_writers_are_found_on_later_pages_without_following_links(
    fake: FakeForge, forge: Forge, repository: Repository
) -> None:
    repository.members = {f"person-{n}": True for n in range(120)} | {"reader": False}

    assert await forge.api.may_write(PLACE, "person-119")
    assert not await forge.api.may_write(PLACE, "reader")
    assert fake.violations == []


@pytest.mark.parametrize(("permission", "may"), [("admin", True), ("write", True), ("read", False)])
async def test_only_write_and_admin_are_permissions_to_write(permission: str, may: bool) -> None:
    listed = {"values": [{"user": {"account_id": "a:1"}, "permission": permission}]}
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json=listed))
    api = BitbucketApi(ForgeHttp("https://api.example.com", 1, transport=transport), TOKEN, "")

    assert await api.may_write(PLACE, "a:1") is may


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<!-- delta-ci run:run_1 -->\n## Fine", "[//]: # (delta-ci run:run_1)\n## Fine"),
        ("nothing hidden", "nothing hidden"),
    ],
)
def test_markers_are_hidden_as_bitbucket_does(text: str, expected: str) -> None:
    assert hidden(text) == expected

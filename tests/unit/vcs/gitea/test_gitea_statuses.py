"""How checks look as commit statuses of Gitea."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from deltaci.forge_settings import GiteaSettings
from deltaci.testing.fake_forge.forge import FakeForge
from deltaci.testing.forge_bench import COMMIT, FULL_NAME, TOKEN, check
from deltaci.vcs.gitea.forge import gitea_forge
from deltaci.vcs.port import Forge, ForgeGoneError, ForgeRefusedError, Place, Provider, Verdict

PLACE = Place(FULL_NAME)


@pytest.fixture
async def fake() -> AsyncIterator[FakeForge]:
    async with FakeForge(Provider.GITEA, token=TOKEN) as running:
        running.repository(FULL_NAME)
        yield running


@pytest.fixture
async def gitea(fake: FakeForge) -> AsyncIterator[Forge]:
    forge = gitea_forge(GiteaSettings(url=fake.url, token=SecretStr(TOKEN)), 10)
    yield forge
    await forge.close()


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.QUEUED, "pending"),
        (Verdict.RUNNING, "pending"),
        (Verdict.SUCCESS, "success"),
        (Verdict.FAILURE, "failure"),
        (Verdict.TIMED_OUT, "failure"),
        (Verdict.CANCELLED, "error"),
        (Verdict.SKIPPED, "success"),
    ],
)
async def test_every_verdict_has_its_state(
    fake: FakeForge, gitea: Forge, verdict: Verdict, state: str
) -> None:
    await gitea.api.publish(PLACE, check(verdict), None)

    (shown,) = fake.repository(FULL_NAME).checks
    assert shown.states == [state]


async def test_a_skipped_check_says_so_once(fake: FakeForge, gitea: Forge) -> None:
    skipped = replace(check(Verdict.SKIPPED), title="Delta CI: SKIPPED: only docs changed")

    await gitea.api.publish(PLACE, skipped, None)

    (shown,) = fake.repository(FULL_NAME).checks
    assert shown.title == skipped.title


async def test_the_status_of_another_run_is_not_this_runs(gitea: Forge) -> None:
    first = await gitea.api.publish(PLACE, check(Verdict.FAILURE, run="run_1"), None)

    assert await gitea.api.find_check(PLACE, check(Verdict.QUEUED, run="run_1")) == first
    assert await gitea.api.find_check(PLACE, check(Verdict.QUEUED, run="run_2")) is None


async def test_looking_for_a_status_ends(fake: FakeForge, gitea: Forge) -> None:
    endless = b"[" + b",".join(b'{"id": 1, "context": "other"}' for _ in range(50)) + b"]"
    fake.faults.fail_next(1000, 200, body=endless)

    assert await gitea.api.find_check(PLACE, check(Verdict.QUEUED)) is None
    assert len(fake.requests) == 10


async def test_a_missing_commit_is_no_lost_check(fake: FakeForge, gitea: Forge) -> None:
    fake.repository(FULL_NAME).commits = {"d" * len(COMMIT)}

    with pytest.raises(ForgeRefusedError) as refused:
        await gitea.api.publish(PLACE, check(Verdict.QUEUED), "12")

    assert not isinstance(refused.value, ForgeGoneError)


async def test_whose_token_it_is_is_asked_once(fake: FakeForge, gitea: Forge) -> None:
    for _ in range(3):
        await gitea.api.find_comment(PLACE, 7, "marker")

    assert [each.path for each in fake.requests].count("/api/v1/user") == 1


async def test_an_account_that_took_over_our_login_is_not_ours(
    fake: FakeForge, gitea: Forge
) -> None:
    """The number beside a login stays with its first owner."""
    await gitea.api.write_comment(PLACE, 7, "marker", None)
    theirs = b'[{"id": 1, "body": "marker", "user": {"id": 4711, "login": "delta-ci"}}]'
    await gitea.api.find_comment(PLACE, 7, "marker")
    fake.faults.fail_next(1, 200, body=theirs)

    assert await gitea.api.find_comment(PLACE, 7, "marker") is None


@pytest.mark.parametrize(
    ("permission", "may"),
    [("owner", True), ("admin", True), ("write", True), ("read", False), ("none", False)],
)
async def test_writing_needs_one_of_three_permissions(
    fake: FakeForge, gitea: Forge, permission: str, may: bool
) -> None:
    fake.faults.fail_next(1, 200, body=f'{{"permission": "{permission}"}}'.encode())

    assert await gitea.api.may_write(PLACE, "ann") is may


async def test_the_api_may_be_elsewhere_than_the_pages(fake: FakeForge) -> None:
    settings = GiteaSettings(
        url="https://git.example.org", api_url=fake.api_url, token=SecretStr(TOKEN)
    )
    gitea = gitea_forge(settings, 10)

    await gitea.api.publish(PLACE, check(Verdict.SUCCESS), None)
    await gitea.close()

    assert len(fake.requests) == 1
    assert gitea.clone_url(FULL_NAME) == "https://git.example.org/acme/shop.git"

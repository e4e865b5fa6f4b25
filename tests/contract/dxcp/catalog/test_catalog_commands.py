"""A file is the whole catalog; commands change single things of it."""

import json
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from deltaci.identity.roles import Role
from deltaci.testing.api_calls import TOKEN_LIFE
from deltaci.testing.commands import Ran, run_command
from deltaci.testing.listening import listening
from deltaci.testing.registrar import Registrar

PAGE = Path(__file__).resolve().parents[4] / "docs/how-to/catalog.md"
(EXAMPLE,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
SECRET = "not-for-anybodys-eyes"

Command = Callable[..., Awaitable[Ran]]


@pytest.fixture
async def admin(own_registry: Registrar, tmp_path: Path) -> AsyncIterator[Command]:
    """`delta-ci` as an admin of a catalog of the test's own; `catalog.yaml` is the page's file."""
    (tmp_path / "catalog.yaml").write_text(EXAMPLE)
    token = own_registry.served.signer.issue("root", [Role.ADMIN], TOKEN_LIFE).token
    async with listening(own_registry.served.app) as url:
        environment = {
            "PATH": os.environ["PATH"],
            "DELTA_CI_URL": url,
            "DELTA_CI_TOKEN": token,
            "DEPLOYER_SECRET": SECRET,
        }
        yield partial(run_command, folder=tmp_path, environment=environment)


async def test_the_pages_file_is_shown_then_applied_and_then_changes_nothing(
    admin: Command,
) -> None:
    planned = await admin("apply", "-f", "catalog.yaml", "--dry-run")
    nothing = await admin("environment", "list")
    applied = await admin("apply", "-f", "catalog.yaml")
    again = await admin("apply", "-f", "catalog.yaml")

    assert (planned.code, nothing.out, applied.code, again.code) == (0, "", 0, 0)
    assert "+ environments.production: " in planned.out
    assert "~ recipes.standard.secret: none -> changed" in planned.out
    assert "nothing was written" in planned.err
    assert "applied" in applied.out
    assert again.out == "nothing to change\n"
    assert all(SECRET not in ran.out + ran.err for ran in (planned, applied, again))


async def test_what_is_shown_applies_without_changes(admin: Command, tmp_path: Path) -> None:
    await admin("apply", "-f", "catalog.yaml")

    shown = await admin("catalog", "show")
    (tmp_path / "shown.yaml").write_text(shown.out)
    again = await admin("apply", "-f", "shown.yaml")

    assert SECRET not in shown.out
    assert again.out == "nothing to change\n"


async def test_every_mistake_of_a_file_is_named_and_nothing_is_changed(
    admin: Command, tmp_path: Path
) -> None:
    (tmp_path / "bad.yaml").write_text(
        "environments: {fine: {}, asleep: {lifecycle_state: asleep}}\n"
        "groups: {g: {name: G, guardrails: {daily_deploy_quota: 0}, colour: red}}\n"
    )

    refused = await admin("apply", "-f", "bad.yaml")

    assert refused.code == 4
    for path in (
        "environments.asleep.lifecycle_state: ",
        "groups.g.guardrails.daily_deploy_quota: ",
        "groups.g.colour: ",
    ):
        assert path in refused.err
    assert (await admin("environment", "list")).out == ""


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("recipes: {r: {secret: hush}}", "recipes.r.secret: no secret belongs into a file"),
        ("recipes: {r: {secret_env: NOT_SET}}", "recipes.r.secret_env: there is no such variable"),
        ("- a list", "must be a mapping"),
        ("a: {b: 1", "(line 2)"),
        ("a: 1\na: 2", "given twice"),
    ],
)
async def test_a_file_that_cannot_be_used_is_not_sent(
    admin: Command, tmp_path: Path, content: str, problem: str
) -> None:
    (tmp_path / "bad.yaml").write_text(content)

    ran = await admin("apply", "-f", "bad.yaml")

    assert ran.code == 1
    assert problem in ran.err
    assert "hush" not in ran.err


async def test_single_things_are_changed_shown_and_removed(admin: Command) -> None:
    await admin("apply", "-f", "catalog.yaml")

    async def out(*words: str) -> str:
        ran = await admin(*words)
        assert ran.code == 0, ran.err
        return ran.out

    assert "+ environments.canary: " in await out("environment", "set", "canary", "--type", "test")
    await out("route", "set", "shop", "canary", "standard")
    assert "canary  standard  active" in await out("route", "list", "shop")
    await out("group", "set", "shop-team", "--owner", "eve@example.test")
    shown = json.loads(await out("group", "show", "shop-team", "--json"))
    assert (shown["owner"], shown["services"]) == ("eve@example.test", ["shop"])
    places = await out("group", "environments", "shop-team")
    assert [line.split()[0] for line in places.splitlines()] == ["staging", "production"]
    await out("recipe", "deprecate", "standard")
    assert "standard  2  deprecated" in await out("recipe", "list")
    assert len((await out("recipe", "revisions", "standard")).splitlines()) == 2
    assert (await admin("environment", "remove", "canary")).code == 4
    await out("route", "remove", "shop", "canary")
    await out("environment", "remove", "canary")
    assert "canary" not in await out("environment", "list")
    assert (await admin("recipe", "remove", "standard")).code == 4
    assert (await admin("recipe", "deprecate", "unknown")).code == 4

"""`delta-ci environment`, `group`, `recipe`, `route`, `apply` and `catalog`, against a script."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from deltaci.cli.exits import ExitCode
from deltaci.testing.commands import Ran
from deltaci.testing.scripted_api import ScriptedApi

Command = Callable[..., Awaitable[Ran]]

CATALOG = "/v1/catalog"
ENVIRONMENT = {"id": "prod", "kind": "production", "lifecycle_state": "active", "display_name": "P"}
GROUP = {"id": "team", "name": "Team", "owner": "ada@example.test", "services": ["shop"]}
RECIPE = {"id": "std", "recipe_revision": 2, "status": "active", "effective_behavior_summary": "S"}
REVISION = {"recipe_revision": 2, "changed_at": "now", "changed_by": "ada", "fingerprint": "f"}
BINDING = {"environment_id": "prod", "order_index": 0, "is_enabled": True, "guardrails": {}}
ROUTE = {"environment_id": "prod", "recipe_id": None, "lifecycle_state": "active"}
CHANGED: dict[str, Any] = {
    "applied": True,
    "changes": [
        {"path": "a", "before": None, "after": 1},
        {"path": "b", "before": 1, "after": None},
        {"path": "c", "before": 1, "after": "x" * 300},
    ],
}
ROUTES = "/v1/admin/services/shop/environments"
LISTS: list[tuple[tuple[str, ...], str, dict[str, Any], str]] = [
    (("environment", "list"), "/v1/environments", ENVIRONMENT, "prod  production  active  P\n"),
    (
        ("group", "list"),
        "/v1/delivery-groups",
        GROUP,
        'team  Team  ada@example.test  ["shop"]\n',
    ),
    (
        ("group", "environments", "team"),
        "/v1/admin/delivery-groups/team/environments",
        BINDING,
        "prod  0  true  {}\n",
    ),
    (("recipe", "list"), "/v1/recipes", RECIPE, "std  2  active  S\n"),
    (("recipe", "revisions", "std"), "/v1/recipes/std/revisions", REVISION, "2  now  ada  f\n"),
    (("route", "list", "shop"), ROUTES, ROUTE, "prod  null  active\n"),
]
ONES: list[tuple[tuple[str, ...], str, dict[str, Any]]] = [
    (("environment", "show", "prod"), "/v1/environments/prod", ENVIRONMENT),
    (("group", "show", "team"), "/v1/delivery-groups/team", GROUP),
    (("recipe", "show", "std"), "/v1/recipes/std", RECIPE),
]
REMOVALS: list[tuple[tuple[str, ...], str]] = [
    (("environment", "remove", "prod"), "/v1/environments/prod"),
    (("recipe", "remove", "std"), "/v1/admin/recipes/std"),
    (("route", "remove", "shop", "prod"), f"{ROUTES}/prod"),
]
SETTINGS: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (
        ("environment", "set", "prod", "--type", "production"),
        {"environments": {"prod": {"type": "production"}}},
    ),
    (
        ("group", "set", "team", "--service", "shop"),
        {"groups": {"team": {"services": ["shop"]}}},
    ),
]


@pytest.mark.parametrize(("words", "path", "row", "line"), LISTS)
async def test_a_list_has_a_line_for_each(
    api: ScriptedApi,
    delta_ci: Command,
    words: tuple[str, ...],
    path: str,
    row: dict[str, Any],
    line: str,
) -> None:
    api.answer(f"GET {path}", [row])

    assert (await delta_ci(*words)).out == line
    assert json.loads((await delta_ci(*words, "--json")).out) == [row]


@pytest.mark.parametrize(("words", "path", "row"), ONES)
async def test_one_thing_is_shown_key_by_key(
    api: ScriptedApi, delta_ci: Command, words: tuple[str, ...], path: str, row: dict[str, Any]
) -> None:
    api.answer(f"GET {path}", row)

    lines = (await delta_ci(*words)).out.splitlines()
    assert [line.partition(":")[0] for line in lines] == list(row)
    assert json.loads((await delta_ci(*words, "--json")).out) == row


@pytest.mark.parametrize(("words", "path"), REMOVALS)
async def test_what_is_removed_is_named(
    api: ScriptedApi, delta_ci: Command, words: tuple[str, ...], path: str
) -> None:
    api.answer(f"DELETE {path}", b"", status=204)

    name = " ".join(words[2:])
    assert f"removed {name}" in (await delta_ci(*words)).err
    assert json.loads((await delta_ci(*words, "--json")).out) == {"removed": name}


@pytest.mark.parametrize(("words", "document"), SETTINGS)
async def test_only_what_is_given_is_changed(
    api: ScriptedApi, delta_ci: Command, words: tuple[str, ...], document: dict[str, Any]
) -> None:
    api.answer(f"PUT {CATALOG}", CHANGED)

    lines = (await delta_ci(*words)).out.splitlines()

    assert [line[:4] for line in lines] == ["+ a:", "- b:", "~ c:", "appl"]
    assert lines[2].endswith("…")
    (sent,) = api.received(f"PUT {CATALOG}")
    assert json.loads(sent.body) == document
    assert json.loads((await delta_ci(*words, "--json")).out) == CHANGED


async def test_a_recipe_is_deprecated_if_there_is_one(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer("GET /v1/recipes/std", RECIPE)
    api.answer(f"PUT {CATALOG}", {"applied": False, "changes": []})

    assert (await delta_ci("recipe", "deprecate", "std")).out == "nothing to change\n"
    assert (await delta_ci("recipe", "deprecate", "none")).code == ExitCode.REFUSED


async def test_a_route_is_set(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(f"PUT {ROUTES}/prod", ROUTE | {"recipe_id": "std"})

    assert "recipe_id: std" in (await delta_ci("route", "set", "shop", "prod", "std")).out
    (sent,) = api.received(f"PUT {ROUTES}/prod")
    assert json.loads(sent.body) == {"recipe_id": "std"}


async def test_a_file_is_looked_at_and_applied(
    api: ScriptedApi, delta_ci: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "catalog.yaml"
    file.write_text("recipes: {std: {secret_env: DEPLOYER}, odd: 3}\n")
    monkeypatch.setenv("DEPLOYER", "hidden")
    api.answer(f"POST {CATALOG}/compare", CHANGED | {"applied": False})
    api.answer(f"PUT {CATALOG}", CHANGED)

    looked = await delta_ci("apply", "-f", str(file), "--dry-run")
    assert "3 changes; nothing was written" in looked.err
    assert "applied 3 changes" in (await delta_ci("apply", "-f", str(file))).out

    (sent,) = api.received(f"PUT {CATALOG}")
    assert json.loads(sent.body) == {"recipes": {"std": {"secret": "hidden"}, "odd": 3}}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("recipes: {std: {secret: x}}", "no secret belongs into a file"),
        ("recipes: {std: {secret_env: NOT_THERE}}", "there is no such variable"),
        ("[1, 2]", "must be a mapping"),
        ("{", "catalog.yaml"),
    ],
)
async def test_a_file_that_cannot_be_applied_changes_nothing(
    api: ScriptedApi, delta_ci: Command, tmp_path: Path, content: str, fault: str
) -> None:
    file = tmp_path / "catalog.yaml"
    file.write_text(content)

    ran = await delta_ci("apply", "-f", str(file))

    assert (ran.code, fault in ran.err) == (ExitCode.FAILED, True)
    assert api.requests == []


async def test_a_file_that_is_not_there_is_named(delta_ci: Command, tmp_path: Path) -> None:
    ran = await delta_ci("apply", "-f", str(tmp_path / "none.yaml"))
    assert "cannot be read" in ran.err


async def test_the_catalog_is_shown_as_a_file(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(f"GET {CATALOG}", {"services": {}})

    assert (await delta_ci("catalog", "show")).out == "services: {}\n"
    assert json.loads((await delta_ci("catalog", "show", "--json")).out) == {"services": {}}

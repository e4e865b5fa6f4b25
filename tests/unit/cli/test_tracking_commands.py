"""Commands about API keys and about what was reported."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from deltaci.testing.commands import Ran
from deltaci.testing.scripted_api import ScriptedApi

Command = Callable[..., Awaitable[Ran]]

KEY: dict[str, Any] = {
    "id": "01a",
    "name": "pipeline",
    "scopes": ["tracker"],
    "created_by": "root",
    "created_at": "2026-03-01T00:00:00.000Z",
    "last_used_at": None,
    "revoked_at": None,
}


async def test_a_key_is_printed_alone_so_that_it_can_be_piped(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer("POST /api-keys/", KEY | {"key": "sk_delta_secret"}, status=201)

    ran = await delta_ci("api-key", "create", "pipeline")
    in_json = await delta_ci("api-key", "create", "pipeline", "--scope", "observer", "--json")

    assert ran.out == "sk_delta_secret\n"
    assert {"id", "name", "key"} <= json.loads(in_json.out).keys()
    bodies = [json.loads(each.body) for each in api.received("POST /api-keys/")]
    assert bodies == [{"name": "pipeline"}, {"name": "pipeline", "scopes": ["observer"]}]


async def test_keys_are_listed_with_their_last_use(api: ScriptedApi, delta_ci: Command) -> None:
    at = "2026-03-02T00:00:00.000Z"
    keys = [KEY, KEY | {"last_used_at": at}, KEY | {"revoked_at": at}]
    api.answer("GET /api-keys/", {"items": keys, "next_cursor": "next"})

    ran = await delta_ci("api-key", "list")

    assert ran.out.splitlines() == [
        "01a  pipeline  tracker  never used",
        f"01a  pipeline  tracker  used {at}",
        f"01a  pipeline  tracker  revoked {at}",
    ]
    assert "--cursor next" in ran.err


async def test_a_key_is_revoked_by_its_id(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer("DELETE /api-keys/01a", b"", status=204)

    assert (await delta_ci("api-key", "revoke", "01a")).code == 0


async def test_refusals_of_this_contract_are_told(api: ScriptedApi, delta_ci: Command) -> None:
    said = {"detail": "You do not have permission to perform this action"}
    api.answer("GET /api-keys/", said, status=403)

    ran = await delta_ci("api-key", "list")

    assert said["detail"] in ran.err
    assert ran.code != 0


async def test_the_matrix_is_a_table(api: ScriptedApi, delta_ci: Command) -> None:
    def cell(current: str | None, under_way: str | None = None) -> dict[str, Any]:
        shown = {"current": current, "open": under_way}
        return {name: {"version": each} if each else None for name, each in shown.items()}

    rows = [
        {
            "product_name": "shop",
            "drifted": True,
            "cells": {"qa": cell("1.3.0"), "live": cell("1.2.0", "1.3.0")},
        },
        {"product_name": "billing", "drifted": False, "cells": {"qa": cell(None, "2.0.0")}},
    ]
    environments = [{"name": "qa"}, {"name": "live"}]
    document = {"environments": environments, "rows": rows, "next_cursor": None}
    api.answer("GET /matrix/", document)

    ran = await delta_ci("matrix", "--product", "shop", "--product", "billing")

    assert ran.out.splitlines() == [
        "         qa         live",
        "shop     1.3.0      1.2.0 → 1.3.0  drifted",
        "billing  - → 2.0.0  -",
    ]


async def test_a_history_has_one_line_for_each_deployment(
    api: ScriptedApi, delta_ci: Command
) -> None:
    row = {
        "deployed_at": "2026-03-01T00:00:00.000Z",
        "created_at": "2026-03-01T00:00:01.000Z",
        "environment_name": "live",
        "product_name": "shop",
        "version": "1.2.0",
        "status": "completed",
        "change": "first",
        "deployed_by_name": None,
        "deployed_by": "robot\x1b[31m",
    }
    api.answer("GET /deployments/", {"items": [row], "next_cursor": None})

    ran = await delta_ci("history", "--environment", "live", "--limit", "1")

    assert ran.out == (
        "2026-03-01T00:00:00.000Z  live  shop  1.2.0  completed  first  robot\\x1b[31m\n"
    )
    (request,) = api.received("GET /deployments/")
    assert dict(request.query) == {"environment": "live", "limit": "1"}


async def test_the_four_keys_are_told(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(
        "GET /dora/",
        {
            "deployments_per_day": 0.5,
            "lead_time_hours": 2.5,
            "change_failure_rate": 0.25,
            "time_to_restore_hours": None,
        },
    )

    assert (await delta_ci("dora", "--days", "7")).out.splitlines() == [
        "deployments per day: 0.5",
        "lead time: 2.5 hours",
        "change failure rate: 25%",
        "time to restore: -",
    ]

"""`delta-ci request`, against an API that answers from a script."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from deltaci.testing.commands import Ran
from deltaci.testing.scripted_api import ScriptedApi

Command = Callable[..., Awaitable[Ran]]

REQUESTS = "/deployment-requests/"
REQUEST: dict[str, Any] = {
    "id": "q1",
    "name": "friday",
    "status": "in_progress",
    "environments": ["production"],
    "items": [{"product_name": "shop", "version": "1.2.3"}],
    "slots": [
        {"id": "s1", "approval_type": "qa", "required": True, "status": "approved"},
        {"id": "s2", "approval_type": "qa", "required": False, "status": "pending"},
    ],
    "steps": [
        {"id": "t1", "phase": "pre", "title": "back up", "done_by": None, "done_at": None},
        {"id": "t2", "phase": "post", "title": "watch", "done_by": "dev", "done_at": "x"},
    ],
}
LINE = "q1  in_progress  friday  production"


async def test_a_request_is_begun(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(f"POST {REQUESTS}", REQUEST, status=201)
    api.answer("GET /request-templates/", {"items": [{"id": "t9", "name": "release"}]})

    ran = await delta_ci(
        "request", "create", "friday", "--item", "acme/shop=1.2.3", "--environment", "production",
        "--approval", "qa", "--advisory", "uat", "--pre-step", "back up", "--post-step", "watch",
        "--template", "release",
    )  # fmt: skip

    assert ran.out == LINE + "\n"
    (sent,) = api.received(f"POST {REQUESTS}")
    assert json.loads(sent.body) == {
        "name": "friday",
        "description": "",
        "environments": ["production"],
        "items": [{"product_name": "acme/shop", "version": "1.2.3"}],
        "slots": [{"approval_type": "qa"}, {"approval_type": "uat", "required": False}],
        "steps": [
            {"phase": "pre", "title": "back up"},
            {"phase": "post", "title": "watch"},
        ],
        "template_id": "t9",
    }


@pytest.mark.parametrize("item", ["shop", "=1", "shop="])
async def test_an_item_names_a_product_and_a_version(delta_ci: Command, item: str) -> None:
    ran = await delta_ci("request", "create", "x", "--item", item)

    assert ran.code == 2
    assert "PRODUCT=VERSION" in ran.err


async def test_a_request_is_shown_with_all_that_belongs_to_it(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer(f"GET {REQUESTS}q1", REQUEST)
    progress = REQUEST["items"][0] | {"environment_name": "production", "progress": "deployed"}
    api.answer(f"GET {REQUESTS}q1/progress", {"items": [progress]})

    assert (await delta_ci("request", "status", "q1")).out.splitlines() == [
        LINE,
        "  qa: approved",
        "  qa (advisory): pending",
        "  pre step back up: not done",
        "  post step watch: done by dev",
        "  shop 1.2.3 to production: deployed",
    ]
    document = json.loads((await delta_ci("request", "status", "q1", "--json")).out)
    assert document == {**REQUEST, "progress": [progress]}


async def test_requests_are_listed(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(f"GET {REQUESTS}", {"items": [REQUEST], "next_cursor": "abc"})

    ran = await delta_ci("request", "list", "--status", "in_progress")

    assert ran.out == LINE + "\n"
    assert "more: --cursor abc" in ran.err
    (sent,) = api.received(f"GET {REQUESTS}")
    assert sent.query == {"status": "in_progress", "limit": "20"}


@pytest.mark.parametrize("verb", ["activate", "revert", "complete", "cancel"])
async def test_a_request_is_moved(api: ScriptedApi, delta_ci: Command, verb: str) -> None:
    api.answer(f"POST {REQUESTS}q1/{verb}", REQUEST)

    assert (await delta_ci("request", verb, "q1")).out == LINE + "\n"


@pytest.mark.parametrize("verb", ["approve", "reject"])
async def test_the_slot_that_nobody_has_signed_yet_is_decided(
    api: ScriptedApi, delta_ci: Command, verb: str
) -> None:
    api.answer(f"GET {REQUESTS}q1", REQUEST)
    api.answer(f"POST {REQUESTS}q1/slots/s2/{verb}", REQUEST)

    ran = await delta_ci("request", verb, "q1", "--type", "qa", "--comment", "fine")
    missing = await delta_ci("request", verb, "q1", "--type", "uat")

    (sent,) = api.received(f"POST {REQUESTS}q1/slots/s2/{verb}")
    assert json.loads(sent.body) == {"comments": "fine"}
    assert (ran.code, missing.code) == (0, 4)
    assert "asks for no uat" in missing.err


@pytest.mark.parametrize(("extra", "done"), [((), True), (("--undo",), False)])
async def test_a_step_is_ticked_by_its_title(
    api: ScriptedApi, delta_ci: Command, extra: tuple[str, ...], done: bool
) -> None:
    api.answer(f"GET {REQUESTS}q1", REQUEST)
    api.answer(f"POST {REQUESTS}q1/steps/t1/tick", REQUEST)

    await delta_ci("request", "tick", "q1", "back up", *extra)
    missing = await delta_ci("request", "tick", "q1", "dance")

    (sent,) = api.received(f"POST {REQUESTS}q1/steps/t1/tick")
    assert json.loads(sent.body) == {"done": done}
    assert missing.code == 4

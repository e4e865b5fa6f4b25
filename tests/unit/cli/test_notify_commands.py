import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from deltaci.testing.commands import Ran
from deltaci.testing.scripted_api import ScriptedApi

Command = Callable[..., Awaitable[Ran]]
CHANNELS, PREFERENCES = "/notification-channels/", "/notification-preferences/"
HISTORY = "/notification-history/"
ADDRESS, SECRET = "https://receiver.example/path-secret", "a-signing-secret"
CHANNEL = {
    "id": "channel-1",
    "name": "hooks",
    "channel_type": "webhook",
    "config": {"url": "https://receiver.example/…", "has_secret": True},
    "enabled": True,
}
PREFERENCE = {
    "id": "preference-1",
    "channel_id": "channel-1",
    "event_type": "deployment.*",
    "filters": {"products": ["shop"], "environments": [], "statuses": ["failed"]},
    "template": "",
}
NOTIFICATION: dict[str, Any] = {
    "id": "ntf_1",
    "state": "FAILED",
    "channel_name": "hooks",
    "event_type": "deployment.failed",
    "product": "shop",
    "version": "1.2.3",
    "environment": None,
    "last_error": "the receiver answered 500",
}


def listed(api: ScriptedApi) -> None:
    api.answer(f"GET {CHANNELS}", {"channels": [CHANNEL], "next_cursor": None})


async def test_an_address_and_its_secret_are_read_line_by_line(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer(f"POST {CHANNELS}", CHANNEL)

    ran = await delta_ci(
        *("notify", "channel", "add", "hooks", "--type", "webhook", "--secret-stdin"),
        lines=f"{ADDRESS}\n{SECRET}\n",
    )

    assert ran.code == 0
    assert json.loads(api.requests[0].body)["config"] == {"url": ADDRESS, "secret": SECRET}
    assert SECRET not in ran.out
    assert "path-secret" not in ran.out


@pytest.mark.parametrize(
    ("channel_type", "field"),
    [("slack_webhook", "webhook_url"), ("email", "address"), ("apprise", "url")],
)
async def test_an_address_may_come_from_the_environment(
    api: ScriptedApi,
    delta_ci: Command,
    connected: Mapping[str, str],
    channel_type: str,
    field: str,
) -> None:
    api.answer(f"POST {CHANNELS}", CHANNEL)

    ran = await delta_ci(
        *("notify", "channel", "add", "hooks", "--type", channel_type),
        environment={**connected, "DELTA_CI_CHANNEL_ADDRESS": ADDRESS},
    )

    assert ran.code == 0
    assert json.loads(api.requests[0].body)["config"] == {field: ADDRESS}


async def test_what_is_refused_says_which_field(api: ScriptedApi, delta_ci: Command) -> None:
    fault = {"loc": ["body", "config"], "msg": "must be an https address", "type": "value_error"}
    api.answer(f"POST {CHANNELS}", {"detail": [fault]}, status=422)

    ran = await delta_ci("notify", "channel", "add", "hooks", "--type", "webhook", lines="x\n")

    assert ran.code == 4
    assert "body.config: must be an https address" in ran.err


async def test_a_test_that_was_not_delivered_fails(api: ScriptedApi, delta_ci: Command) -> None:
    listed(api)
    result = {"delivered": False, "status": 403, "error": "the receiver answered 403"}
    api.answer(f"POST {CHANNELS}channel-1/test", result)

    ran = await delta_ci("notify", "channel", "test", "hooks")

    assert ran.code != 0
    assert "the receiver answered 403" in ran.err


async def test_a_channel_is_named_where_it_is_subscribed(
    api: ScriptedApi, delta_ci: Command
) -> None:
    listed(api)
    api.answer(f"POST {PREFERENCES}", PREFERENCE)

    ran = await delta_ci(
        *("notify", "subscribe", "hooks", "deployment.*"),
        *("--product", "shop", "--status", "failed"),
    )

    assert ran.out == ("preference-1  channel-1  deployment.*  products: shop  statuses: failed\n")
    assert json.loads(api.requests[-1].body) == {
        "channel_id": "channel-1",
        "event_type": "deployment.*",
        "filters": {"products": ["shop"], "environments": [], "statuses": ["failed"]},
        "template": "",
    }


async def test_what_was_given_up_is_listed_and_told_again(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer(f"GET {HISTORY}", {"notifications": [NOTIFICATION], "next_cursor": "next"})
    api.answer(f"POST {HISTORY}ntf_1/redeliver", {**NOTIFICATION, "state": "PENDING"})

    shown = await delta_ci("notify", "history", "--state", "FAILED")
    again = await delta_ci("notify", "redeliver", "ntf_1")

    assert shown.out == (
        "ntf_1  FAILED  hooks  deployment.failed  shop  1.2.3  the receiver answered 500\n"
    )
    assert "--cursor next" in shown.err
    assert again.out.startswith("ntf_1  PENDING")


async def test_channels_and_subscriptions_are_listed_and_removed(
    api: ScriptedApi, delta_ci: Command
) -> None:
    listed(api)
    api.answer(f"GET {PREFERENCES}", {"preferences": [PREFERENCE], "next_cursor": None})
    api.answer(f"DELETE {CHANNELS}channel-1", {})
    api.answer(f"DELETE {PREFERENCES}preference-1", {})

    channels = await delta_ci("notify", "channel", "list")
    preferences = await delta_ci("notify", "subscriptions", "--json")
    removed = [
        await delta_ci("notify", "unsubscribe", "preference-1"),
        await delta_ci("notify", "channel", "remove", "hooks"),
    ]

    assert channels.out == "channel-1  hooks  webhook  https://receiver.example/…\n"
    assert json.loads(preferences.out) == {"preferences": [PREFERENCE]}
    assert [ran.code for ran in removed] == [0, 0]

"""What channels hear of."""

from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.notify.channel import ChannelName
from deltaci.cli.text import one_line
from deltaci.client.notification_shapes import Preference

Many = list[str] | None


def subscribe(
    *,
    channel: ChannelName,
    event: Annotated[
        str,
        typer.Argument(metavar="EVENT", help="Such as `deployment.failed`, `build.*` or `*`."),
    ],
    product: Annotated[
        Many, typer.Option(help="Only of this one, or `shop-*`; repeat for several.")
    ] = None,
    environment: Annotated[
        Many, typer.Option(help="Only there, or `prod*`; repeat for several.")
    ] = None,
    status: Annotated[Many, typer.Option(help="Only in this status; repeat for several.")] = None,
    template: Annotated[
        str, typer.Option(help="Text for people, such as `{product} {version} failed: {error}`.")
    ] = "",
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Let a channel hear of events, from now on."""
    notifications = connect(url, token, data_dir).notifications
    filters = {
        "products": product or [],
        "environments": environment or [],
        "statuses": status or [],
    }
    channel_id = notifications.channel_id(channel)
    added = notifications.subscribe(channel_id, event, filters, template)
    if as_json:
        output.print_json(added)
    else:
        typer.echo(_line(added))


def subscriptions(
    *,
    channel: Annotated[str, typer.Option(help="Only this channel's, by name or id.")] = "",
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List what channels hear of, oldest first."""
    notifications = connect(url, token, data_dir).notifications
    channel_id = notifications.channel_id(channel) if channel else ""
    found = list(notifications.subscriptions(channel_id))
    if as_json:
        output.print_json({"preferences": found})
        return
    for preference in found:
        typer.echo(_line(preference))


def unsubscribe(
    *,
    subscription: Annotated[
        str, typer.Argument(metavar="SUBSCRIPTION", help="Its id, as `notify subscriptions` says.")
    ],
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
) -> None:
    """Let a channel hear of something no more."""
    connect(url, token, data_dir).notifications.unsubscribe(subscription)


def _line(preference: Preference) -> str:
    filters = preference["filters"]
    named = [
        f"{name}: {', '.join(values)}"
        for name, values in (
            ("products", filters["products"]),
            ("environments", filters["environments"]),
            ("statuses", filters["statuses"]),
        )
        if values
    ]
    fields = (preference["id"], preference["channel_id"], preference["event_type"], *named)
    return "  ".join(map(one_line, fields))

"""What was told, to whom, and what came of it."""

from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.text import one_line
from deltaci.client.notification_shapes import Notification


def history(
    *,
    state: Annotated[
        str, typer.Option(help="Only PENDING, DELIVERED, FAILED or DROPPED ones.")
    ] = "",
    channel: Annotated[str, typer.Option(help="Only this channel's, by name or id.")] = "",
    event: Annotated[str, typer.Option(help="Only of this type of event.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 20,
    cursor: Annotated[str, typer.Option(help="Go on from an earlier page's `next_cursor`.")] = "",
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List notifications, newest first; those that were given up are FAILED."""
    notifications = connect(url, token, data_dir).notifications
    channel_id = notifications.channel_id(channel) if channel else ""
    filters = {"state": state, "channel_id": channel_id, "event_type": event}
    page = notifications.history(filters, limit=limit, cursor=cursor)
    if as_json:
        output.print_json(page)
        return
    for notification in page["notifications"]:
        typer.echo(_line(notification))
    if page["next_cursor"]:
        output.note(f"more: --cursor {page['next_cursor']}")


def redeliver(
    *,
    notification: Annotated[
        str, typer.Argument(metavar="NOTIFICATION", help="Its id, as `notify history` says.")
    ],
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Have something told again, such as what was given up."""
    told = connect(url, token, data_dir).notifications.redeliver(notification)
    if as_json:
        output.print_json(told)
    else:
        typer.echo(_line(told))


def _line(told: Notification) -> str:
    fields = (
        told["id"],
        told["state"],
        told["channel_name"],
        told["event_type"],
        told["product"],
        told["version"],
        told["environment"],
        told["last_error"],
    )
    return "  ".join(one_line(field) for field in fields if field)

"""`delta-ci notify channel`: where notifications go."""

from typing import Annotated, Literal

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.exits import ExitCode
from deltaci.cli.stdin import read_secret
from deltaci.cli.text import one_line
from deltaci.client.notification_shapes import Channel

app = typer.Typer(help="Where notifications go.", no_args_is_help=True)

ChannelName = Annotated[str, typer.Argument(metavar="CHANNEL", help="Name or id of the channel.")]
ChannelType = Literal["webhook", "slack_webhook", "email", "apprise", "cdevents"]
ADDRESS_FIELD = {"slack_webhook": "webhook_url", "email": "address"}
SECRET_FIELD = {"webhook": "secret", "cdevents": "token"}


@app.command()
def add(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")],
    channel_type: Annotated[ChannelType, typer.Option("--type", help="How it is told.")],
    address: Annotated[
        str,
        typer.Option(
            envvar="DELTA_CI_CHANNEL_ADDRESS",
            help="Where it leads. Default: a line of standard input; an address is often a "
            "secret, and the process list shows what is written here.",
        ),
    ] = "",
    secret_follows: Annotated[
        bool,
        typer.Option(
            "--secret-stdin",
            help="Read what signs a webhook, or the token of `cdevents`, from standard input: "
            "the line after the address.",
        ),
    ] = False,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Add a channel. It hears of nothing until it is subscribed to something."""
    if secret_follows and channel_type not in SECRET_FIELD:
        raise typer.BadParameter(f"{channel_type} has none", param_hint="--secret-stdin")
    field = ADDRESS_FIELD.get(channel_type, "url")
    config = {field: address or read_secret("Address")}
    if secret_follows:
        config[SECRET_FIELD[channel_type]] = read_secret("Secret")
    added = connect(url, token, data_dir).notifications.add_channel(name, channel_type, config)
    if as_json:
        output.print_json(added)
    else:
        typer.echo(_line(added))


@app.command("list")
def list_all(
    *,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List channels by name; of their addresses only what gives nothing away."""
    found = list(connect(url, token, data_dir).notifications.channels())
    if as_json:
        output.print_json({"channels": found})
        return
    for channel in found:
        typer.echo(_line(channel))


@app.command()
def remove(
    *,
    channel: ChannelName,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
) -> None:
    """Delete a channel with what it hears of. Its history stays."""
    notifications = connect(url, token, data_dir).notifications
    notifications.remove_channel(notifications.channel_id(channel))


@app.command("test")
def try_out(
    *,
    channel: ChannelName,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Send a made-up event once, and say what came of it."""
    notifications = connect(url, token, data_dir).notifications
    result = notifications.try_channel(notifications.channel_id(channel))
    if as_json:
        output.print_json(result)
    elif result["delivered"]:
        typer.echo("delivered")
    else:
        output.complain(f"not delivered: {result['error']}")
    if not result["delivered"]:
        raise typer.Exit(ExitCode.FAILED)


def _line(channel: Channel) -> str:
    address = next((str(each) for each in channel["config"].values()), "")
    state = "" if channel["enabled"] else "off"
    fields = (channel["id"], channel["name"], channel["channel_type"], address, state)
    return "  ".join(one_line(field) for field in fields if field)

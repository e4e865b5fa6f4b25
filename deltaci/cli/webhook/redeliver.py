"""`delta-ci webhook redeliver`."""

from typing import Annotated

import typer

from deltaci.cli import options
from deltaci.cli.connection import connect
from deltaci.cli.webhook.view import show_accepted


def redeliver(
    *,
    delivery_id: Annotated[str, typer.Argument(metavar="DELIVERY", help="Id in the list.")],
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Do with a delivery what would be done with it today. A run that it has stays its run."""
    accepted = connect(url, token, data_dir).webhooks.redeliver(delivery_id)
    show_accepted(accepted, as_json=as_json)

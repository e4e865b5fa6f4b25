"""`delta-ci publisher list`."""

from deltaci.cli import options
from deltaci.cli.connection import connect
from deltaci.cli.publisher.view import show_list


def list_publishers(
    *,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List whose tokens may register builds."""
    show_list(connect(url, token, data_dir).publishers.all(), as_json=as_json)

"""`delta-ci publisher remove`."""

from collections.abc import Sequence

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.exits import ExitCode
from deltaci.cli.publisher.view import PublisherName, show_list
from deltaci.client.dxcp_shapes import CiPublisher


def remove(
    *,
    name: PublisherName,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Let a publisher register nothing more, at once, and list those that still may."""

    def without(publishers: Sequence[CiPublisher]) -> Sequence[CiPublisher]:
        others = [each for each in publishers if each["name"] != name]
        if len(others) == len(publishers):
            output.complain(f"there is no publisher {name}")
            raise typer.Exit(ExitCode.FAILED)
        return others

    show_list(connect(url, token, data_dir).publishers.change(without), as_json=as_json)

"""How publishers are shown."""

from typing import Annotated

import typer

from deltaci.cli import output
from deltaci.cli.text import one_line
from deltaci.client.dxcp_shapes import CiPublisher, CiPublisherList

PublisherName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the publisher.")]


def show_list(found: CiPublisherList, *, as_json: bool) -> None:
    """Print every publisher with all that it asks for."""
    if as_json:
        output.print_json(found)
        return
    for publisher in found["publishers"]:
        typer.echo(_line(publisher))
    if not found["publishers"]:
        output.note("no publishers: nobody may register builds")


def _line(publisher: CiPublisher) -> str:
    asked = [
        f"{field}={','.join(values)}"
        for field, values in publisher.items()
        if isinstance(values, list) and field != "links"
    ]
    return "  ".join(map(one_line, (publisher["name"], publisher["provider"], *asked)))

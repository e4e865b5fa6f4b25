"""`delta-ci publisher add`."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, cast

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.exits import ExitCode
from deltaci.cli.publisher.view import PublisherName, show_list
from deltaci.client.dxcp_shapes import CiPublisher


def add(
    *,
    name: PublisherName,
    issuer: Annotated[list[str], typer.Option(help="`iss` of its tokens; `delta-ci` for our own.")],
    subject: Annotated[list[str] | None, typer.Option(help="`sub` of its tokens.")] = None,
    subject_prefix: Annotated[
        list[str] | None, typer.Option(help="What `sub` begins with, as `repo:acme/shop:`.")
    ] = None,
    audience: Annotated[list[str] | None, typer.Option(help="One of `aud`.")] = None,
    azp: Annotated[list[str] | None, typer.Option(help="`azp`: the client.")] = None,
    email: Annotated[list[str] | None, typer.Option(help="`email` of its tokens.")] = None,
    provider: Annotated[
        Literal["github", "jenkins", "spinnaker", "custom"],
        typer.Option(help="What kind of CI it is; nothing follows from it."),
    ] = "custom",
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Let tokens register builds, at once: those for which every given option holds.

    An option that is given several times holds when one of its values does. Needs one of
    --subject, --subject-prefix, --azp and --email. Repeating it with the same values changes
    nothing.
    """
    asked: dict[str, Any] = {
        "issuers": issuer,
        "audiences": audience,
        "authorized_party_azp": azp,
        "subjects": subject,
        "subject_prefixes": subject_prefix,
        "emails": email,
    }
    fields = {field: values for field, values in asked.items() if values}
    wanted = cast("CiPublisher", {"name": name, "provider": provider, **fields})

    def including(publishers: Sequence[CiPublisher]) -> Sequence[CiPublisher]:
        of_that_name = [each for each in publishers if each["name"] == name]
        if of_that_name and of_that_name != [wanted]:
            output.complain(f"there is a publisher {name} that asks for something else")
            raise typer.Exit(ExitCode.FAILED)
        return publishers if of_that_name else [*publishers, wanted]

    show_list(connect(url, token, data_dir).publishers.change(including), as_json=as_json)

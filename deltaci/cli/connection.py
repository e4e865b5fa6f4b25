"""Which server a command talks to, and as whom."""

from dataclasses import dataclass, field
from pathlib import Path

import typer

from deltaci.client.control_plane import ControlPlane
from deltaci.client.errors import InvalidAddressError, UnreachableError
from deltaci.local.endpoints import Endpoints, read_endpoints
from deltaci.local.layout import DataDir


@dataclass(frozen=True, slots=True)
class Connection:
    """A server's address and the credential for it."""

    url: str
    token: str = field(repr=False)


def resolve(url: str | None, token: str | None, data_dir: Path) -> Connection:
    """Use the options, or else the stack that runs on `data_dir`.

    The stack's own credential is only ever sent to the stack's own address.
    """
    local = local_endpoints(data_dir)
    if local and url in {None, "", local.api_url}:
        return Connection(local.api_url, token or local.admin_token)
    if not url:
        raise UnreachableError(
            f"no server: no stack runs on {data_dir} (start one with `delta-ci up`), "
            "and neither --url nor DELTA_CI_URL names one"
        )
    return Connection(url, token or "")


def connect(url: str | None, token: str | None, data_dir: Path) -> ControlPlane:
    """Build a client for the server that `resolve` finds."""
    server = resolve(url, token, data_dir)
    try:
        return ControlPlane(server.url, server.token)
    except InvalidAddressError as error:
        raise typer.BadParameter(str(error), param_hint="--url") from error


def local_endpoints(data_dir: Path) -> Endpoints | None:
    """What the stack on this data folder says about itself, if one runs."""
    return read_endpoints(DataDir(data_dir.expanduser()).endpoints_file)

"""Ports on the loopback interface."""

import socket
from contextlib import ExitStack
from dataclasses import dataclass

from deltaci.local.errors import StackError

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class PortWish:
    """A port that a part should listen on; `port` 0 means any free one."""

    part: str
    option: str
    port: int


API = PortWish("the API", "--api-port", 8080)
TEMPORAL = PortWish("Temporal", "--temporal-port", 7233)
TEMPORAL_UI = PortWish("Temporal's Web UI", "--ui-port", 8233)
DEFAULT_PORTS = (API, TEMPORAL, TEMPORAL_UI)


def claim(wishes: list[PortWish]) -> list[int]:
    """Return a port for each wish, in order; raises StackError for one that is taken.

    All are bound at the same time, so that no two wishes get the same free port.
    """
    with ExitStack() as bound:
        return [_bind(wish, bound) for wish in wishes]


def _bind(wish: PortWish, bound: ExitStack) -> int:
    listener = bound.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    # As the servers themselves do: a port in TIME_WAIT after a restart is not taken.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, wish.port))
        listener.listen(1)
    except OSError as error:
        raise StackError(
            f"port {wish.port} for {wish.part} cannot be used ({error.strerror}); "
            f"choose another with {wish.option}, or 0 for any free one"
        ) from error
    return int(listener.getsockname()[1])


def accepts_connections(host: str, port: int) -> bool:
    """Whether something listens there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False

"""A thread that may connect to public addresses only, whatever library it runs.

An audit hook looks at every connection of the process, and lets all pass but those of such a
thread. It cannot be taken away again, so it is added once, when first needed.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from deltaci.addresses import is_public
from deltaci.senders.guard import REFUSED

CONNECTING = frozenset({"socket.connect", "socket.sendto"})
_this = threading.local()


@dataclass(slots=True)
class Watch:
    """What a guarded thread tried."""

    refused: bool = False
    """Whether it would have connected to an address that is not everybody's."""


@contextmanager
def public_addresses_only() -> Iterator[Watch]:
    """Refuse this thread every other connection, with an OSError, for the length of the block."""
    _look_at_connections()
    _this.watch = Watch()
    try:
        yield _this.watch
    finally:
        _this.watch = None


@cache
def _look_at_connections() -> None:
    sys.addaudithook(_look)


def _look(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in CONNECTING:
        return
    watch: Watch | None = getattr(_this, "watch", None)
    address = arguments[1]
    if watch is None or (isinstance(address, tuple) and is_public(str(address[0]))):
        return
    watch.refused = True
    raise ConnectionRefusedError(REFUSED)

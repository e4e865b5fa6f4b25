"""The listening end of `deltaci.ready`: one datagram socket per child."""

import contextlib
import secrets
import socket
from collections.abc import Mapping

from deltaci.ready import NOTIFY_SOCKET, READY

MESSAGE_MAX_BYTES = 4096


class Announcement:
    """Waits, without blocking, for one child to say that it serves."""

    def __init__(self) -> None:
        # An abstract address needs no file, has no length trap and vanishes with this process.
        self._name = f"delta-ci-{secrets.token_hex(16)}"
        self._socket = socket.socket(
            socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        )
        self._socket.bind(f"\0{self._name}")
        self._heard = False

    @property
    def environment(self) -> Mapping[str, str]:
        """What the child needs in order to announce itself."""
        return {NOTIFY_SOCKET: f"@{self._name}"}

    def heard(self) -> bool:
        """Whether the child has announced itself by now."""
        with contextlib.suppress(BlockingIOError):
            while not self._heard:
                self._heard = READY in self._socket.recv(MESSAGE_MAX_BYTES).split(b"\n")
        return self._heard

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()

"""Tell whoever started this process that it serves now, the way systemd's `sd_notify` does.

`delta-ci up` and systemd both listen on the datagram socket that `NOTIFY_SOCKET` names; without
one, announcing does nothing. Worker and runner call it once they poll for work.
"""

import os
import socket

NOTIFY_SOCKET = "NOTIFY_SOCKET"
READY = b"READY=1"


def announce_ready() -> None:
    """Send `READY=1` to the listener, if there is one. Never fails: readiness is a courtesy."""
    address = os.environ.get(NOTIFY_SOCKET, "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        try:
            sender.sendto(READY, address)
        except OSError:
            return

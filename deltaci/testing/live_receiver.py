"""A receiver of notifications for whole stacks: a real server in a thread of the test."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Delivered:
    """One request. Header names are lower case."""

    headers: Mapping[str, str]
    body: bytes


@dataclass
class LiveReceiver:
    """Answers 204 to everything; while `open` is not set, it does not answer at all."""

    received: list[Delivered] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hooks/path-secret"


@contextmanager
def live_receiver() -> Iterator[LiveReceiver]:
    """Serve for the length of the block."""
    receiver = LiveReceiver()
    receiver.open.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(Delivered(headers, self.rfile.read(length)))
            receiver.open.wait()
            try:
                self.send_response(204)
                self.end_headers()
            except OSError:
                self.close_connection = True  # whoever asked has died

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.open.set()
        server.shutdown()
        server.server_close()
        thread.join()

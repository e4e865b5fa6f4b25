"""A service that the shop's tests call: its address is fixed, but at first nobody answers there."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

RATES = {"/rates/DE": b"0.19", "/rates/FR": b"0.20"}


class _Rates(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        rate = RATES.get(self.path)
        self.send_response(200 if rate else 404)
        self.end_headers()
        self.wfile.write(rate or b"")

    def log_message(self, *_: object) -> None:
        """Stay quiet: the terminal belongs to the story."""


class TaxService:
    """Holds a port; connections to it are refused until `start`."""

    def __init__(self) -> None:
        self._server = HTTPServer(("127.0.0.1", 0), _Rates, bind_and_activate=False)
        self._server.server_bind()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Answer from now on, until the process ends."""
        self._server.server_activate()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

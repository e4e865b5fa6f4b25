"""Production, as the demo has it: a deployer of the shop's own, and a site that it swaps."""

import base64
import os
import secrets
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from examples.demo.stack import DemoFailedError, stop_process

RECEIVER = Path(__file__).resolve().parents[1] / "deployer" / "receiver.py"
DEPLOY = '#!/bin/sh\nprintf %s "$VERSION" > "{live}"\n'
SICK = "1.1.0"
"""The version whose health is bad, once it runs."""


class Production:
    """Runs one version at a time. `examples/deployer` changes it, as it would change yours."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._live = folder / "live"
        self._live.write_text("")
        self.secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        self._site = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._site.serve_forever, daemon=True).start()
        self.site = f"http://127.0.0.1:{self._site.server_port}"
        command = folder / "deploy.sh"
        command.write_text(DEPLOY.format(live=self._live))
        command.chmod(0o755)
        self._process = subprocess.Popen(
            [sys.executable, RECEIVER, "0"],
            env=os.environ | {"DEPLOYER_SECRET": self.secret, "DEPLOYER_COMMAND": str(command)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.deployer = f"http://127.0.0.1:{self._port()}"

    @property
    def version(self) -> str:
        """What runs now."""
        return self._live.read_text()

    def __enter__(self) -> Self:
        """Return it, running."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the deployer and the site: they end with the story, also when the stack is kept."""
        stop_process(self._process, "the deployer")
        self._site.shutdown()

    def _port(self) -> int:
        said = self._process.stdout.readline() if self._process.stdout else ""
        if not said.startswith("listening on "):
            raise DemoFailedError("the deployer did not start")
        return int(said.split()[-1])

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        production = self

        class Site(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                version = production.version
                self.send_response(500 if version == SICK else 200)
                self.end_headers()
                self.wfile.write(version.encode())

            def log_message(self, *_: object) -> None:
                """Stay quiet: the terminal belongs to the story."""

        return Site

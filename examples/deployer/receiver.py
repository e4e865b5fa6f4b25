"""A deployer for recipes of the engine `webhook`: one file, the standard library only.

    DEPLOYER_SECRET=whsec_… DEPLOYER_COMMAND=./deploy.sh python receiver.py 8090

It checks the signature, runs the command once per `Idempotency-Key`, says how far it is when asked,
and calls back when it has ended. What it knows is lost when it stops: keep that in a database.
"""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = base64.b64decode(os.environ["DEPLOYER_SECRET"].removeprefix("whsec_"))
COMMAND = os.environ["DEPLOYER_COMMAND"]
TOLERANCE_SECONDS = 300
BODY_MAX_BYTES = 65_536
CALLBACK_TRIES = 5

executions: dict[str, dict[str, Any]] = {}
"""By idempotency key."""
lock = threading.Lock()


def signature_of(message_id: str, timestamp: str, body: bytes) -> str:
    """Sign as the Standard Webhooks specification says."""
    message = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(SECRET, message, hashlib.sha256)).decode()


def is_signed(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a message is signed with our secret, and lately."""
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    expected = signature_of(headers.get("webhook-id", ""), timestamp, body)
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(expected.encode(), each.encode()) for each in given)


def deploy(key: str, order: dict[str, Any]) -> None:
    """Run the command, note how it ended, and say so."""
    told = {name: str(value or "") for name, value in order.items()}
    environment = {**os.environ, "SERVICE": told["service"], "VERSION": told["version"]}
    code = subprocess.run([COMMAND], env=environment, check=False).returncode
    ended: dict[str, Any] = {"state": "SUCCEEDED"}
    if code != 0:
        ended = {"state": "FAILED", "failure": {"code": "app", "message": f"exit status {code}"}}
    executions[key].update(ended)
    if order["callback_url"]:
        call_back(order["callback_url"], key, {"deployment_id": order["deployment_id"], **ended})


def call_back(url: str, key: str, said: dict[str, Any]) -> None:
    """Tell the control plane, a few times if need be; it asks anyway when nobody calls."""
    body = json.dumps(said).encode()
    for number in range(CALLBACK_TRIES):
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": f"{key}.end",
            "webhook-timestamp": timestamp,
            "webhook-signature": signature_of(f"{key}.end", timestamp, body),
        }
        try:
            urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10)  # noqa: S310 - the signed order names it
        except OSError:
            time.sleep(2**number)
        else:
            return


class Receiver(BaseHTTPRequestHandler):
    """`POST /deploy` begins, `GET /executions/{id}` says how far it is."""

    def do_POST(self) -> None:
        """Begin what is ordered, unless that has begun."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length", "0")), BODY_MAX_BYTES))
        if not is_signed(self.headers, body):
            self.answer(401, {"code": "unauthorized", "message": "not signed"})
            return
        key, order = self.headers["Idempotency-Key"], json.loads(body)
        with lock:
            is_new = key not in executions
            executions.setdefault(key, {"id": key, "state": "RUNNING"})
        if is_new:
            threading.Thread(target=deploy, args=(key, order), daemon=True).start()
        self.answer(202, {"id": key})

    def do_GET(self) -> None:
        """Say how far an execution is."""
        if not is_signed(self.headers, b""):
            self.answer(401, {"code": "unauthorized", "message": "not signed"})
            return
        found = executions.get(self.path.removeprefix("/executions/"))
        self.answer(200 if found else 404, found or {"code": "not_found"})

    def answer(self, status: int, said: dict[str, Any]) -> None:
        """Answer in JSON."""
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
    print(f"listening on {server.server_port}", flush=True)
    server.serve_forever()

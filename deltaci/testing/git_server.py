"""A git server on loopback: smart HTTP by git's own backend, private or not."""

import os
import subprocess
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from deltaci.vcs.port import GitCredential


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, and what it brought as its credential."""

    method: str
    target: str
    authorization: str


@dataclass
class GitServer:
    """Serves every repository in `folder`, and remembers what it was asked.

    Attributes may be changed while it runs. Without `serves_ids` a client gets what a branch, tag
    or other ref names, and nothing by its id, as from older servers.
    """

    folder: Path
    credential: GitCredential | None = None
    """Who may fetch; None for everybody."""
    serves_ids: bool = True
    tells_secrets: bool = False
    """Whether it refuses every request and repeats the credential that it was given."""
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    def url(self, name: str) -> str:
        """Return the address of a repository in the folder."""
        return f"http://127.0.0.1:{self.port}/{name}"

    def admits(self, authorization: str) -> bool:
        """Whether this is who may fetch."""
        return self.credential is None or authorization == basic(self.credential)


@dataclass
class KnownCredentials:
    """Implements `CredentialSource`: gives everybody the same, and remembers who asked."""

    known: GitCredential | None
    trouble: Exception | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def __call__(self, repo_id: str, url: str, /) -> GitCredential | None:
        """Return what is known, or be in trouble."""
        self.asked.append((repo_id, url))
        if self.trouble is not None:
            raise self.trouble
        return self.known


@contextmanager
def serving_git(server: GitServer) -> Iterator[GitServer]:
    """Serve on a free port until the context ends."""

    class Handler(_Handler):
        git = server

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        server.port = listener.server_address[1]
        thread = threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()


def basic(credential: GitCredential) -> str:
    """Return the header's value for Basic authentication."""
    pair = f"{credential.username}:{credential.password}"
    return f"Basic {b64encode(pair.encode()).decode()}"


class _Handler(BaseHTTPRequestHandler):
    git: GitServer

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _serve(self, body: bytes) -> None:
        given = self.headers.get("Authorization", "")
        self.git.asked.append(Asked(self.command, self.path, given))
        if self.git.tells_secrets:
            self._answer(HTTPStatus.FORBIDDEN, {"Content-Type": "text/plain"}, given.encode())
        elif self.git.admits(given):
            self._run(body)
        else:
            realm = {"WWW-Authenticate": 'Basic realm="git"'}
            self._answer(HTTPStatus.UNAUTHORIZED, realm, b"")

    def _run(self, body: bytes) -> None:
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            env=self._environment(),
            capture_output=True,
            check=True,
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n"))
        self._answer(int(headers.pop("Status", "200").split()[0]), headers, content)

    def _environment(self) -> dict[str, str]:
        target = urlsplit(self.path)
        protocol = self.headers.get("Git-Protocol", "") if self.git.serves_ids else ""
        return {
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_PROJECT_ROOT": str(self.git.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": protocol,
            "REQUEST_METHOD": self.command,
            "PATH_INFO": target.path,
            "QUERY_STRING": target.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_ADDR": self.client_address[0],
        }

    def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

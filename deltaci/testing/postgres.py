"""A private PostgreSQL server for tests, started from the installed binaries.

It listens on a Unix socket in its own folder and on no port, so that two of them never meet.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

START_TIMEOUT_SECONDS = 60
SUPERUSER = "delta"
DEBIAN_BINARIES = "usr/lib/postgresql/*/bin/initdb"

# Durability costs time and buys nothing in a database that is thrown away.
SERVER_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
}


class PostgresUnavailableError(RuntimeError):
    """PostgreSQL is not installed here, or does not start."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server; `socket_dir` holds its Unix socket."""

    socket_dir: Path

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of `database`."""
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={self.socket_dir}"

    def create_database(self, name: str, template: str = "template0") -> str:
        """Create `name` as a copy of `template` and return its URL.

        Nothing may be connected to the template meanwhile.
        """
        self._execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop `name`, ending whatever is still connected to it."""
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(
            host=str(self.socket_dir), user=SUPERUSER, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server, yield it, and leave neither a process nor a file behind.

    Raises PostgresUnavailableError when the binaries are missing or the server does not start.
    """
    server = _Programs(find_postgres_binaries(), _unprivileged_user())
    # Not below pytest's own folder: that one is closed to the user whom the server runs as, and
    # the path of a socket may have 107 bytes at most.
    folder = Path(tempfile.mkdtemp(prefix="delta-ci-pg-"))
    try:
        if server.user:
            shutil.chown(folder, server.user.pw_uid, server.user.pw_gid)
        server.run("initdb", *_initdb_options(folder))
        server.run("pg_ctl", "start", *_start_options(folder))
        try:
            yield PostgresServer(folder)
        finally:
            server.run("pg_ctl", "stop", f"--pgdata={folder}/data", "--mode=immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_postgres_binaries() -> Path:
    """The folder that has `initdb` and `pg_ctl`: the newest of Debian's, else the one on PATH."""
    debian = sorted(Path("/").glob(DEBIAN_BINARIES), key=lambda path: int(path.parts[-3]))
    if debian:
        return debian[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    raise PostgresUnavailableError(
        "PostgreSQL's server programs are needed by the tests and were not found; "
        "on Debian: apt-get install postgresql"
    )


@dataclass(frozen=True)
class _Programs:
    folder: Path
    user: pwd.struct_passwd | None

    def run(self, name: str, *arguments: str) -> None:
        result = subprocess.run(
            [self.folder / name, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            user=self.user.pw_uid if self.user else None,
            group=self.user.pw_gid if self.user else None,
            extra_groups=[] if self.user else None,
        )
        if result.returncode != 0:
            output = result.stdout.decode(errors="replace").strip()
            raise PostgresUnavailableError(f"{name} failed:\n{output}")


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Who else must run the server, because PostgreSQL refuses to be root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _initdb_options(folder: Path) -> list[str]:
    return [
        f"--pgdata={folder}/data",
        f"--username={SUPERUSER}",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
    ]


def _start_options(folder: Path) -> list[str]:
    settings = SERVER_SETTINGS | {"unix_socket_directories": str(folder)}
    return [
        f"--pgdata={folder}/data",
        f"--log={folder}/log",
        "--options=" + " ".join(f"-c {name}='{value}'" for name, value in settings.items()),
        f"--timeout={START_TIMEOUT_SECONDS}",
        "--wait",
    ]

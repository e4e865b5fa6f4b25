"""Bring `.venv/` in line with the lock.

Returns at once when nothing changed. Two at once wait for each other; one that was interrupted
starts from scratch the next time. Only the standard library, any Python that we support.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin/python"
LOCK = ROOT / "requirements/dev.lock"
STAMP = VENV / ".setup-stamp"
UNFINISHED = "unfinished"
INPUTS = (ROOT / "pyproject.toml", LOCK, Path(__file__))


class SetupFailedError(Exception):
    """What went wrong, in words for whoever typed `make`."""


def main() -> int:
    """Set up if needed. Returns the exit code."""
    wanted = fingerprint()
    if stamp() == wanted:
        return 0
    with exclusive():
        if stamp() == wanted:
            return 0
        if stamp() == UNFINISHED:
            shutil.rmtree(VENV)
        try:
            install()
        except SetupFailedError as error:
            print(f"set-up failed: {error}", file=sys.stderr)
            return 1
        STAMP.write_text(wanted)
    return 0


def fingerprint() -> str:
    """Identifies everything that decides what `.venv/` holds, its own place included."""
    digest = hashlib.sha256(str(ROOT).encode())
    for file in INPUTS:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def stamp() -> str:
    """What the last set-up left: a fingerprint, UNFINISHED, or nothing."""
    try:
        return STAMP.read_text()
    except OSError:
        return ""


@contextmanager
def exclusive() -> Iterator[None]:
    """Let one process in at a time; the kernel lets go for a process that dies."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def install() -> None:
    """Install with uv where there is one, and with pip where there is none or it cannot."""
    uv = shutil.which("uv")
    if uv:
        try:
            install_with_uv(uv)
        except SetupFailedError as error:
            print(f"uv could not ({error}); trying pip", file=sys.stderr)
            shutil.rmtree(VENV, ignore_errors=True)
        else:
            return
    install_with_pip()


def install_with_uv(uv: str) -> None:
    """Create `.venv/` where it is missing, and install the lock and the project with uv."""
    print("Setting up .venv with uv …", flush=True)
    if not succeeds(PYTHON, "-c", ""):
        run(uv, "venv", "--quiet", "--clear", "--python", base_python(), VENV)
    install_everything(uv, "pip", "install", "--python", PYTHON)


def install_with_pip() -> None:
    """Create `.venv/` where it is missing, and install the lock and the project with pip."""
    print("Setting up .venv with pip; the first time takes a minute or two …", flush=True)
    if not succeeds(PYTHON, "-m", "pip", "--version"):
        create_venv()
    install_everything(PYTHON, "-m", "pip", "install", "--disable-pip-version-check")


def create_venv() -> None:
    """Create an empty `.venv/` with pip in it."""
    try:
        run(base_python(), "-m", "venv", "--clear", VENV)
    except SetupFailedError as error:
        shutil.rmtree(VENV, ignore_errors=True)
        raise SetupFailedError(
            f"{base_python()} cannot make a virtual environment "
            "(Debian keeps that part in a package: apt-get install python3-venv)"
        ) from error


def install_everything(*installer: str | Path) -> None:
    """Install what the lock names, checked against its hashes, and the project in place.

    The build backend is in the lock, so building the project downloads nothing. The lock is whole:
    nothing is to be resolved, which pip would do its own way where somebody asks for extras.
    """
    STAMP.write_text(UNFINISHED)
    run(*installer, "--quiet", "--no-deps", "--require-hashes", "--requirement", LOCK)
    run(*installer, "--quiet", "--no-deps", "--no-build-isolation", "--editable", ROOT)


def base_python() -> str:
    """The Python outside any virtual environment: this one may be inside the one we replace."""
    return str(getattr(sys, "_base_executable", sys.executable))


def succeeds(*command: str | Path) -> bool:
    """Whether the command exists and exits with 0."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def run(*command: str | Path) -> None:
    """Run the command where its output is seen. Raises SetupFailedError."""
    result = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False)
    if result.returncode != 0:
        raise SetupFailedError(" ".join(map(str, command)))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

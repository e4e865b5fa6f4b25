"""A key in the data folder, made on first use and private to us."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def kept_key(path: Path, generate: Callable[[], str]) -> str:
    """Read the key file, or create it; of several processes at once one wins, for all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w") as stream:
            stream.write(generate())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()

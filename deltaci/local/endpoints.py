"""The file in which a running stack says where it answers, and with which credential."""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the parts of a running stack answer. Holds the admin token: owner-only on disk."""

    api_url: str
    temporal_address: str
    temporal_ui_url: str
    data_dir: str
    admin_token: str

    def as_json(self) -> str:
        """The document that `--ready-file` and `local.json` hold."""
        return json.dumps(asdict(self))


def write_endpoints(path: Path, endpoints: Endpoints) -> None:
    """Write the file at once and complete, readable by its owner only."""
    # mkstemp creates the file with mode 0600.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(endpoints.as_json() + "\n")
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_endpoints(path: Path) -> Endpoints | None:
    """The running stack's endpoints, or None when the file is absent or not one of ours."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return Endpoints(**{name: str(document[name]) for name in Endpoints.__slots__})
    except (OSError, ValueError, KeyError, TypeError):
        return None

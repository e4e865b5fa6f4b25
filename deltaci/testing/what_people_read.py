"""Where a credential could be read by people who should not: histories, command lines, texts."""

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deltaci.local.temporal import require_binary
from deltaci.testing.stack import LiveStack

TOKEN = re.compile(rb"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")
LEASE = re.compile(rb"lease_[A-Za-z0-9]{16,}")


def leaks(text: bytes) -> list[bytes]:
    """Every token and lease id of ours in a text."""
    return [found for shape in (TOKEN, LEASE) for found in shape.findall(text)]


def history(stack: LiveStack, workflow_id: str) -> bytes:
    """The whole history of a workflow, with its payloads decoded."""
    where = ("--address", stack.temporal_address, "--output", "json")
    shown = subprocess.run(
        [require_binary(), "workflow", "show", "--workflow-id", workflow_id, *where],
        check=True,
        capture_output=True,
    ).stdout
    return b"\n".join([shown, *_decoded(json.loads(shown))])


def _decoded(value: Any) -> Iterator[bytes]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "data" and isinstance(inner, str):
                yield base64.b64decode(inner)
            yield from _decoded(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _decoded(inner)


def command_lines(stack: LiveStack) -> bytes:
    """What everybody on the machine may read of the running processes."""
    running = [part for part in stack.parts.values() if part.is_running]
    return b"\n".join(Path(f"/proc/{part.pid}/cmdline").read_bytes() for part in running)

"""After runs of every kind: no token, lease id or signing key is anywhere that people look."""

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deltaci.local.temporal import require_binary
from deltaci.testing.ci_bench import RUNS, CiBench
from deltaci.testing.stack import LiveStack

TOKEN = re.compile(rb"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")
LEASE = re.compile(rb"lease_[A-Za-z0-9]{16,}")


def leaks(text: bytes) -> list[bytes]:
    return [found for shape in (TOKEN, LEASE) for found in shape.findall(text)]


def history(stack: LiveStack, workflow_id: str) -> bytes:
    """The whole history of a workflow, with its payloads decoded."""
    where = ("--address", stack.temporal_address, "--output", "json")
    shown = subprocess.run(
        [require_binary(), "workflow", "show", "--workflow-id", workflow_id, *where],
        check=True,
        capture_output=True,
    ).stdout
    return b"\n".join([shown, *decoded(json.loads(shown))])


def decoded(value: Any) -> Iterator[bytes]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "data" and isinstance(inner, str):
                yield base64.b64decode(inner)
            yield from decoded(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from decoded(inner)


def command_lines(stack: LiveStack) -> bytes:
    running = [part for part in stack.parts.values() if part.is_running]
    return b"\n".join(Path(f"/proc/{part.pid}/cmdline").read_bytes() for part in running)


@pytest.mark.parametrize("stack", ["sqlite", "postgresql"], indirect=True)
def test_nothing_that_people_read_holds_a_credential(bench: CiBench) -> None:
    repository = bench.repository(
        {
            "test": {"steps": ["env; exit 1"]},
            "raw": {"steps": ["true"], "runs_on": ["raw"], "policy": {"required": False}},
        }
    )
    run = bench.create(repository)
    runner = bench.raw_runner(labels=("raw",))
    runner.begin()
    assert leaks(json.dumps(runner.granted).encode())
    runner.log("hello\n")
    refused = [
        runner.log("no", 77),
        runner.upload("file", b"data", 2, 4),
        runner.complete("WRONG"),
    ]
    runner.complete("FAILED")
    refused.append(runner.beat())
    assert bench.until_ended(run) == "FAILED"
    again = bench.rerun(run)
    bench.cancel(again)
    assert bench.until_ended(again) == "CANCELED"

    read = [
        bench.http.get(path).content
        for path in (f"{RUNS}/{run}", RUNS, "/metrics", "/openapi.json")
    ]
    logged = {log.name: log.read_bytes() for log in bench.stack.logs()}
    seen = {
        "answers": b"\n".join(read),
        "refusals": b"\n".join(answer.content for answer in refused if answer.is_error),
        "job log": bench.log(run, "test").encode(),
        "history": history(bench.stack, bench.ledger.workflow_id(run)),
        "command lines": command_lines(bench.stack),
        **logged,
    }
    assert {name: leaks(text) for name, text in seen.items() if leaks(text)} == {}
    key = next(bench.stack.folder.root.glob("*key*")).read_bytes().strip()
    assert [name for name, text in seen.items() if key in text] == []

"""Record the histories that the replay tests use: real runs on a real Temporal development server.

Run it when a workflow asks Temporal for other things than before, or in another order. Runs that
are under way during an upgrade replay the old histories with the new code: after a release, put the
change behind `workflow.patched` and keep the histories that are there, recording new ones beside
them (`--keep` writes only those that are missing).
"""

import argparse
import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from deltaci.testing.workflow_commands import commands_of
from scripts.histories.scenarios import SCENARIOS
from scripts.histories.stage import open_stage

ROOT = Path(__file__).resolve().parent.parent
REPLAY = ROOT / "tests" / "replay"
SOURCES = tuple(
    ROOT / "workflows" / name
    for name in (
        *("run.py", "steps.py", "report.py", "command.py"),
        *("verification.py", "delivery.py"),
    )
)

DROPPED = frozenset(
    {
        *("identity", "requestId", "stackTrace", "taskId"),
        *("version", "historySizeBytes", "workerVersion"),
    }
)
"""What says where and by whom a history was recorded, and plays no part in replaying it."""


def scrub(document: Any) -> Any:
    """Take away what names the machine."""
    if isinstance(document, dict):
        if document.get("kind") == "TASK_QUEUE_KIND_STICKY":
            return document | {"name": "sticky"}
        return {key: scrub(value) for key, value in document.items() if key not in DROPPED}
    if isinstance(document, list):
        return [scrub(value) for value in document]
    return document


def as_text(history: dict[str, Any]) -> str:
    """One event per line, so that a difference can be read."""
    events = ",\n".join(json.dumps(event, separators=(",", ":")) for event in history["events"])
    return f'{{"events":[\n{events}\n]}}\n'


async def record(*, keep: bool) -> None:
    """Play every scenario and write its history, then the commands that they were recorded with."""
    folder = REPLAY / "histories"
    folder.mkdir(exist_ok=True)
    for name, play in SCENARIOS.items():
        file = folder / f"{name}.json"
        if keep and file.exists():
            continue
        with tempfile.TemporaryDirectory() as data_dir:
            async with open_stage(Path(data_dir)) as stage:
                history = await play(stage)
        file.write_text(as_text(scrub(json.loads(history.to_json()))))
        print(
            f"{file.relative_to(ROOT)}: {len(history.events)} events, {file.stat().st_size} bytes"
        )
    (REPLAY / "commands.txt").write_text("\n".join(commands_of(SOURCES)) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="write only histories that are missing")
    asyncio.run(record(keep=parser.parse_args().keep))

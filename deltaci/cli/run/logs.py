"""`delta-ci run logs`."""

import sys
import time
from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.run.view import is_over
from deltaci.cli.text import harmless_log
from deltaci.client.shapes import JobDetail, RunDetail
from deltaci.states import JobState

FOLLOW_INTERVAL_SECONDS = 1.0
FAILED_STATES = frozenset({JobState.FAILED, JobState.TIMED_OUT})


def logs(
    *,
    run_id: options.RunId,
    job: Annotated[
        str, typer.Argument(help="Job name or id. Default: the job that failed, or the only one.")
    ] = "",
    attempt: Annotated[int | None, typer.Option(min=1, help="Default: the newest.")] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the run ends.")
    ] = False,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Print a job's log: byte for byte into a pipe, made harmless on a terminal."""
    client = connect(url, token, data_dir)
    name = job or choose_job(client.runs.get(run_id))
    if as_json:
        text = client.runs.log(run_id, name, attempt=attempt).decode("utf-8", "replace")
        output.print_json({"run_id": run_id, "job": name, "attempt": attempt, "log": text})
        return
    size = _write(client.runs.log(run_id, name, attempt=attempt))
    while follow and not is_over(client.runs.get(run_id)["run"]):
        time.sleep(FOLLOW_INTERVAL_SECONDS)
        size += _write(client.runs.log(run_id, name, attempt=attempt, start=size))


def choose_job(detail: RunDetail) -> str:
    """The job whose log is meant when none is named; a usage error when that is not clear."""
    jobs = detail["jobs"]
    failed = [entry for entry in jobs if entry["job"]["state"] in FAILED_STATES]
    for candidates in (jobs, failed):
        if len(candidates) == 1:
            return candidates[0]["job"]["name"]
    raise typer.BadParameter(f"name one of: {_names(failed or jobs)}", param_hint="JOB")


def _names(jobs: list[JobDetail]) -> str:
    return ", ".join(entry["job"]["name"] for entry in jobs) or "(the run has no jobs yet)"


def _write(chunk: bytes) -> int:
    if sys.stdout.isatty():
        sys.stdout.write(harmless_log(chunk.decode("utf-8", "replace")))
        sys.stdout.flush()
    else:
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
    return len(chunk)

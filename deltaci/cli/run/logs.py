"""`delta-ci run logs`."""

import sys
import time
from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.run.view import is_over
from deltaci.cli.text import harmless_log, one_line
from deltaci.client.control_plane import ControlPlane
from deltaci.client.shapes import Job, RunDetail
from deltaci.states import JOB, JobState, is_terminal

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
        bool, typer.Option("--follow", "-f", help="Go on until the job has ended.")
    ] = False,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Print a job's log: byte for byte into a pipe, made harmless on a terminal."""
    client = connect(url, token, data_dir)
    if follow and not as_json:
        _follow(client, run_id, job, attempt)
        return
    entry = choose_job(client.runs.get(run_id), job)
    # By id: a name may contain slashes.
    log = client.runs.log(run_id, entry["id"], attempt=attempt)
    if as_json:
        text = log.decode("utf-8", "replace")
        output.print_json({"run_id": run_id, "job": entry["name"], "attempt": attempt, "log": text})
    else:
        _write(log)


def choose_job(detail: RunDetail, wanted: str = "") -> Job:
    """The named job; without a name the only one, or the only one that failed.

    A usage error that lists the candidates when that is not clear.
    """
    jobs = [entry["job"] for entry in detail["jobs"]]
    if wanted:
        candidates = [job for job in jobs if wanted in {job["name"], job["id"]}]
    else:
        candidates = jobs if len(jobs) == 1 else [j for j in jobs if j["state"] in FAILED_STATES]
    if len(candidates) == 1:
        return candidates[0]
    names = ", ".join(one_line(job["name"]) for job in candidates or jobs)
    raise typer.BadParameter(f"name one of: {names or '(no jobs yet)'}", param_hint="JOB")


def _follow(client: ControlPlane, run_id: str, wanted: str, only: int | None) -> None:
    """Print what is there and what is added, also of further attempts, until the job has ended."""
    attempt, size = 0, 0
    while True:
        detail = client.runs.get(run_id)
        over = is_over(detail["run"])
        if detail["jobs"] or over:
            job = choose_job(detail, wanted)
            over = over or is_terminal(JOB, JobState(job["state"]))
            newest = only or job["attempt_count"]
            for number in range(attempt or newest, newest + 1):
                if attempt and number != attempt:
                    output.note(f"attempt {number}")
                    size = 0
                size += _write(client.runs.log(run_id, job["id"], attempt=number, start=size))
                attempt = number
        if over:
            return
        time.sleep(FOLLOW_INTERVAL_SECONDS)


def _write(chunk: bytes) -> int:
    if sys.stdout.isatty():
        sys.stdout.write(harmless_log(chunk.decode("utf-8", "replace")))
        sys.stdout.flush()
    else:
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
    return len(chunk)

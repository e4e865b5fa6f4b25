"""A run's progress: redrawn in place on a terminal, one line per change elsewhere."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deltaci.cli import output
from deltaci.cli.run.explanations import explanation_lines
from deltaci.cli.run.view import current_attempt, job_rows, run_line
from deltaci.cli.text import harmless_log, one_line
from deltaci.client.control_plane import ControlPlane
from deltaci.client.errors import ClientError
from deltaci.client.shapes import JobDetail, RunDetail
from deltaci.states import JobState

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

FAILED_STATES = frozenset({JobState.FAILED, JobState.TIMED_OUT})
QUIET_STATES = frozenset({JobState.CREATED, JobState.QUEUED, JobState.SUCCEEDED, JobState.CANCELED})
TAIL_BYTES = 4096
TAIL_LINES = 8
FRAME_LINES_BESIDE_JOBS = 12


def live(client: ControlPlane, updates: Iterator[RunDetail]) -> RunDetail:
    """Redraw the run in place until `updates` ends; leave its final picture on the screen."""
    from rich.live import Live  # noqa: PLC0415 - only this function needs it

    console = output.console()
    tails = Tails(client)
    with Live(console=console, auto_refresh=False, transient=True) as screen:
        for detail in updates:
            room = console.height - FRAME_LINES_BESIDE_JOBS
            screen.update(_picture(detail, tails, room), refresh=True)
    console.print(run_line(detail["run"]))
    for _, line in job_rows(detail["jobs"]):
        console.print(line, no_wrap=True, overflow="ellipsis")
    for line in _ending(detail, tails, output.folding_width(console)):
        console.print(line)
    return detail


def plain(client: ControlPlane, updates: Iterator[RunDetail]) -> RunDetail:
    """Print a line for each change until `updates` ends, then why the run failed."""
    console = output.console()
    printed: dict[str, str] = {}
    for detail in updates:
        for subject, status, line in _statuses(detail):
            if printed.get(subject) != status:
                printed[subject] = status
                console.print(line)
    for line in _ending(detail, Tails(client), output.folding_width(console)):
        console.print(line)
    return detail


class Tails:
    """The ends of failed jobs' logs, each fetched once."""

    def __init__(self, client: ControlPlane) -> None:
        self._client = client
        self._known: dict[str, list[str]] = {}

    def of(self, entry: JobDetail) -> list[str]:
        """The last log lines of a job's newest attempt; empty when they cannot be had."""
        attempt = current_attempt(entry)
        if attempt is None:
            return []
        if attempt["id"] not in self._known:
            self._known[attempt["id"]] = self._fetch(entry)
        return self._known[attempt["id"]]

    def _fetch(self, entry: JobDetail) -> list[str]:
        job = entry["job"]
        try:
            log = self._client.runs.log(job["run_id"], job["id"], last=TAIL_BYTES)
        except ClientError:
            return []
        return harmless_log(log.decode("utf-8", "replace")).splitlines()[-TAIL_LINES:]


def _picture(detail: RunDetail, tails: Tails, room: int) -> "Group":
    from rich.console import Group  # noqa: PLC0415 - only drawn on terminals

    jobs = detail["jobs"]
    shown, hidden = jobs, ""
    if len(jobs) > room:
        shown = [entry for entry in jobs if entry["job"]["state"] not in QUIET_STATES]
        hidden = f"  … and {len(jobs) - len(shown)} that wait or are done"
    failed = [entry for entry in jobs if entry["job"]["state"] in FAILED_STATES]
    lines: list[Text | str] = [run_line(detail["run"]), *(line for _, line in job_rows(shown))]
    if hidden:
        lines.append(hidden)
    if failed:
        lines.extend(_tail_lines(failed[0], tails))
    return Group(*lines)


def _statuses(detail: RunDetail) -> Iterator[tuple[str, str, "Text"]]:
    run = detail["run"]
    yield run["id"], run["state"], run_line(run)
    for entry, line in job_rows(detail["jobs"]):
        job, attempt = entry["job"], current_attempt(entry)
        step = attempt.get("current_step", "") if attempt else ""
        yield job["id"], f"{job['attempt_count']} {job['state']} {step}", line


def _ending(detail: RunDetail, tails: Tails, width: int) -> Iterator["Text"]:
    failed = [entry for entry in detail["jobs"] if entry["job"]["state"] in FAILED_STATES]
    yield from explanation_lines(detail, width)
    for entry in failed:
        if not entry["failure_explanations"]:
            yield from _tail_lines(entry, tails)


def _tail_lines(entry: JobDetail, tails: Tails) -> Iterator["Text"]:
    from rich.text import Text  # noqa: PLC0415 - keeps `--json` commands fast

    lines = tails.of(entry)
    if lines:
        yield Text(f"  end of {one_line(entry['job']['name'])}'s log", "dim")
    for line in lines:
        yield Text("  │ ", "dim").append_text(Text.from_ansi(line))

"""Runs a job's steps in order, until one fails."""

import time
from collections.abc import Sequence

from deltaci.runner.executors.port import Session
from deltaci.runner.job_log import JobLog
from deltaci.runner.launch import run_process
from deltaci.runner.outcome import SUCCEEDED, Outcome, shell_code, shorten, step_failed
from deltaci.runner.output import OutputPipe
from deltaci.runner.process_tree import ProcessTree
from deltaci.runner.telling import telling_line
from deltaci.wire.runner import Progress, StepReport

_REPORT_MAX = 500


class Steps:
    """The steps of one job: where they are, and how those that ended went."""

    def __init__(self, commands: Sequence[str], log: JobLog) -> None:
        self._commands = commands
        self._told = [telling_line(command) for command in commands]
        self._log = log
        self._running: tuple[int, float, int] | None = None
        self.reports: list[StepReport] = []

    @property
    def progress(self) -> Progress | None:
        """What to tell people now; None while no step runs."""
        if self._running is None:
            return None
        index = self._running[0]
        return Progress(
            percent=100 * index / len(self._commands),
            step_index=index,
            current_step=shorten(self._told[index]),
        )

    async def run(self, session: Session, output: OutputPipe, tree: ProcessTree) -> Outcome:
        """Run every step; the first that fails decides the outcome."""
        for index, command in enumerate(self._commands):
            self._log.line(f"$ {self._told[index]}")
            self._running = (index, time.monotonic(), self._log.size)
            code = await run_process(session.launch(command), output, tree)
            self.end_step(code)
            if code != 0:
                return step_failed(index + 1, self._told[index], code)
        return SUCCEEDED

    def end_step(self, code: int | None) -> None:
        """Record how the running step went; None when it was stopped. No step running is no-op."""
        if self._running is None:
            return
        index, started, log_offset = self._running
        self._running = None
        self._log.settle()
        self.reports.append(
            StepReport(
                index=index,
                command=shorten(self._told[index], _REPORT_MAX),
                exit_code=None if code is None else shell_code(code),
                duration_seconds=round(time.monotonic() - started, 3),
                log_offset=log_offset,
            )
        )

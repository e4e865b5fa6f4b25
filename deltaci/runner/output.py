"""The pipe through which everything that a job starts writes to its log."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager

from deltaci.runner.job_log import JobLog

_READ_BYTES = 64 * 1024


class OutputPipe:
    """Carries output from the job's processes to its log, in order, for the whole job.

    One pipe serves all steps, so what a background process prints later still arrives.
    """

    def __init__(self, log: JobLog, read_end: int, write_end: int) -> None:
        self._log = log
        self._read_end = read_end
        self.write_end = write_end

    def pump(self) -> bool:
        """Move what is readable now, up to one buffer; whether there may be more."""
        try:
            output = os.read(self._read_end, _READ_BYTES)
        except BlockingIOError:
            return False
        self._log.write(output)
        return len(output) == _READ_BYTES

    def drain(self) -> None:
        """Move what has been written so far; a process that keeps writing cannot hold this up."""
        for _ in range(32):
            if not self.pump():
                return


@contextmanager
def output_pipe(log: JobLog) -> Iterator[OutputPipe]:
    """Open a pipe whose other end feeds `log` from the event loop."""
    read_end, write_end = os.pipe2(os.O_CLOEXEC)
    os.set_blocking(read_end, False)
    pipe = OutputPipe(log, read_end, write_end)
    loop = asyncio.get_running_loop()
    loop.add_reader(read_end, pipe.pump)
    try:
        yield pipe
    finally:
        loop.remove_reader(read_end)
        pipe.drain()
        os.close(read_end)
        os.close(write_end)

"""How failures of forges look to Temporal: wait as long as asked, and do not repeat a refusal."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from temporalio.exceptions import ApplicationError

from deltaci.vcs.port import ForgeRefusedError, ForgeUnavailableError


@contextmanager
def told_by_forge() -> Iterator[None]:
    """Turn the port's errors into Temporal's, with the wait that the forge wants."""
    try:
        yield
    except ForgeUnavailableError as error:
        wait = error.retry_after_seconds
        delay = None if wait is None else timedelta(seconds=wait)
        raise ApplicationError(
            error.message, type="ForgeUnavailable", next_retry_delay=delay
        ) from error
    except ForgeRefusedError as error:
        raise ApplicationError(error.message, type="ForgeRefused", non_retryable=True) from error

"""Route every failure to the contract that its path belongs to."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.contracts.contract import Contracts, path_of
from deltaci.errors import DeltaError, UnavailableError
from deltaci.states import IllegalTransitionError

log = structlog.get_logger(__name__)

EXPECTED = (DeltaError, IllegalTransitionError, RequestValidationError, HTTPException)
"""Failures that are an answer; anything else is also logged (`api/access.py`)."""


def install_failure_handlers(app: FastAPI, contracts: Contracts) -> None:
    """Answer expected failures, those of the framework included, in the shape of their contract."""
    handler = _handler(contracts)
    for kind in EXPECTED:
        app.add_exception_handler(kind, handler)


def _handler(contracts: Contracts) -> Callable[[Request, Any], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        if isinstance(error, UnavailableError):
            log.warning("unavailable", reason=error.message, cause=str(error.__cause__ or ""))
        return contracts.of(path_of(request.scope)).refuse(error)

    return answer

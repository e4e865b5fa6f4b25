"""Routes that name each fault of a body, and by the contract's code for its field."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from deltaci.catalog.faults import Fault, refusal
from deltaci.errors import DeltaError, InvalidRequestError

Kinds = Mapping[str, type[DeltaError]]
"""Errors by the name of a field of the body."""


def naming_faults(blank: Kinds | None = None, wrong: Kinds | None = None) -> type[APIRoute]:
    """Return a kind of route: `blank` is for fields that say nothing, `wrong` for all others.

    A field that neither names is INVALID_REQUEST. What was sent is never repeated.
    """

    class NamingFaults(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            original = super().get_route_handler()

            async def handler(request: Request) -> Response:
                try:
                    return await original(request)
                except RequestValidationError as error:
                    if faults := _faults(error.errors(), blank or {}, wrong or {}):
                        raise refusal(faults) from error
                    raise

            return handler

    return NamingFaults


def _faults(errors: Sequence[Any], blank: Kinds, wrong: Kinds) -> list[Fault]:
    """Return no faults when something else than a field of the body is wrong, too."""
    if not all(_is_a_field(error["loc"]) for error in errors):
        return []
    return [_fault(error, blank, wrong) for error in errors]


def _is_a_field(place: Sequence[Any]) -> bool:
    body, *fields = place
    return body == "body" and bool(fields) and isinstance(fields[0], str)


def _fault(error: Any, blank: Kinds, wrong: Kinds) -> Fault:
    place = error["loc"][1:]
    kinds = blank if len(place) == 1 and _says_nothing(error) else wrong
    problem = "is required" if error["type"] == "missing" else error["msg"]
    return Fault(
        kinds.get(place[0], InvalidRequestError),
        ".".join(map(str, place)),
        problem.removeprefix("Value error, "),
    )


def _says_nothing(error: Any) -> bool:
    given = error.get("input")
    blank = given is None or (isinstance(given, str) and not given.strip())
    return blank or error["type"] == "missing"

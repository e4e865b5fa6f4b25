"""What a provider's file brings to the fake forge: routes, payloads and signatures."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib import import_module
from typing import Any
from urllib.parse import unquote

from deltaci.testing.fake_forge.state import ForgeState, Repository
from deltaci.testing.http_stub import Answer, Request
from deltaci.vcs.port import Provider, PullRequest, Push, Remark

Occurrence = Push | PullRequest | Remark
"""What happens on a forge, as the adapter is meant to understand it afterwards."""


class RefusalError(Exception):
    """The forge answers with this status and complaint."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Call:
    """An authorised request to a route."""

    state: ForgeState
    request: Request
    login: str
    """As whom the caller acts."""
    parts: Mapping[str, str]
    """The named parts of the path, unquoted."""

    @property
    def repository(self) -> Repository:
        """The repository `{owner}/{name}` or `{full_name}` of the path. Raises RefusalError."""
        full_name = self.parts.get("full_name") or f"{self.parts['owner']}/{self.parts['name']}"
        found = self.state.repositories.get(full_name)
        if found is None:
            raise RefusalError(HTTPStatus.NOT_FOUND, "no such repository")
        return found

    def fields(self, **types: type) -> dict[str, Any]:
        """Return the JSON body, whose fields are of these types; every other one is a violation.

        Raises RefusalError when it is no object or a field has another type.
        """
        try:
            body = json.loads(self.request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise self.wrong("the body is no JSON object")
        for name, value in body.items():
            if name not in types:
                self.state.violations.append(f"{self._what} has no field {name!r}")
            elif not isinstance(value, types[name]):
                raise self.wrong(f"{name} is no {types[name].__name__}")
        return body

    def wrong(self, problem: str, status: int = HTTPStatus.UNPROCESSABLE_ENTITY) -> RefusalError:
        """Note a violation, and return the refusal to raise for it."""
        self.state.violations.append(f"{self._what}: {problem}")
        return RefusalError(status, problem)

    def page(self, items: Sequence[Any], page: str = "page", size: str = "limit") -> list[Any]:
        """Return the part of a list that the query's parameters ask for; 30 at a time."""
        number = int(self.request.query.get(page, "1"))
        length = min(int(self.request.query.get(size, "30")), 50)
        return list(items[(number - 1) * length : number * length])

    @property
    def _what(self) -> str:
        return f"{self.request.method} {self.request.path}"


def answered(document: Any, status: int = HTTPStatus.OK) -> Answer:
    """An answer in JSON."""
    return Answer(status, json.dumps(document).encode())


@dataclass(frozen=True, slots=True)
class Route:
    """`pattern` has parts such as `{owner}`, each one segment of the path; method and answer."""

    method: str
    pattern: str
    answer: Callable[[Call], Answer]

    def match(self, request: Request) -> dict[str, str] | None:
        """Return the path's named parts, unquoted, if the request is for this route."""
        if request.method != self.method:
            return None
        found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.pattern), request.path)
        return {k: unquote(v) for k, v in found.groupdict().items()} if found else None


@dataclass(frozen=True, slots=True)
class FakeProvider:
    """One provider's half of the fake. Its file is named after it and calls this `FAKE`."""

    api_path: str
    """What an adapter's API address ends in, such as `/api/v1`; routes begin with it."""
    routes: tuple[Route, ...]
    login: Callable[[ForgeState, Request], str | None]
    """As whom the request acts by the credential that it presents; None for nobody."""
    payload: Callable[[str, Occurrence], tuple[str, dict[str, Any]]]
    """Build event name and payload of what happens in a repository.

    A push of `NO_COMMIT` deletes the ref.
    """
    headers: Callable[[str, bytes, str, str], dict[str, str]]
    """The headers, by secret, body, event and delivery id, that make it a signed delivery."""
    complaint: Callable[[str], Any] = field(default=lambda message: {"message": message})
    """The body of an error."""


NO_COMMIT = "0" * 40


def fake_provider(provider: Provider) -> FakeProvider:
    """Return the provider's half of the fake."""
    found: FakeProvider = import_module(f"deltaci.testing.fake_forge.{provider}").FAKE
    return found


def signed_delivery(
    provider: Provider, secret: str, payload: Any, event: str, delivery_id: str
) -> tuple[dict[str, str], bytes]:
    """Return headers and body of a webhook call as the provider sends it."""
    body = json.dumps(payload).encode()
    headers = fake_provider(provider).headers(secret, body, event, delivery_id)
    return {"Content-Type": "application/json", **headers}, body

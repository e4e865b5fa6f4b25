"""Rules, sign-offs and deployment requests over HTTP (the Versioner contract)."""

import uuid
from collections.abc import Mapping
from typing import Any, cast

from deltaci.client.transport import Request, Transport, segment

RULES, VERSIONS = "/deployment-rules/", "/versions/"
PREFLIGHT = "/deployment-events/preflight"
REQUESTS, TEMPLATES = "/deployment-requests/", "/request-templates/"
Document = dict[str, Any]
"""JSON as the contract describes it."""


class Rules:
    """Change rules, see what they found, and ask them beforehand."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def all(self) -> list[Document]:
        """Every rule by name."""
        return cast("list[Document]", self._transport.fetch(Request("GET", RULES))["items"])

    def find(self, name: str) -> Document | None:
        """Return the rule with this name or id."""
        return next((rule for rule in self.all() if name in {rule["name"], rule["id"]}), None)

    def add(self, rule: Mapping[str, Any]) -> Document:
        """Make a rule."""
        return self._fetch("POST", RULES, rule)

    def change(self, rule_id: str, changes: Mapping[str, Any]) -> Document:
        """Change what is given."""
        return self._fetch("PATCH", RULES + segment(rule_id), changes)

    def remove(self, rule_id: str) -> None:
        """Remove a rule."""
        self._transport.download(Request("DELETE", RULES + segment(rule_id)))

    def violations(self, filters: Mapping[str, Any], *, limit: int, cursor: str) -> Document:
        """One page of what did not hold, newest first."""
        query = {**filters, "limit": limit, "cursor": cursor}
        return cast("Document", self._transport.fetch(Request("GET", f"{RULES}violations", query)))

    def preflight(self, deployment: Mapping[str, Any]) -> Document:
        """Ask every rule about a deployment; nothing is recorded."""
        return self._fetch("POST", PREFLIGHT, deployment)

    def version_id(self, product: str, version: str) -> str | None:
        """Return the id of a version, or None when nobody knows it."""
        query = {"product": product, "version": version, "limit": 1}
        found = self._transport.fetch(Request("GET", VERSIONS, query))["items"]
        return str(found[0]["id"]) if found else None

    def sign_off(self, version_id: str, said: Mapping[str, Any]) -> Document:
        """Sign a version off, or reject it."""
        return self._fetch("POST", f"{VERSIONS}{segment(version_id)}/approvals", said)

    def _fetch(self, method: str, path: str, body: Mapping[str, Any]) -> Document:
        request = Request(method, path, body=dict(body))
        return cast("Document", self._transport.fetch(request))


class DeploymentRequests:
    """Write, move and decide deployment requests."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, request: Mapping[str, Any], key: str = "") -> Document:
        """Begin a draft; with a key of an earlier call, that call's."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        asked = Request("POST", REQUESTS, body=dict(request), headers=headers)
        return cast("Document", self._transport.fetch(asked))

    def page(self, filters: Mapping[str, Any], *, limit: int, cursor: str) -> Document:
        """One page, newest first."""
        query = {**filters, "limit": limit, "cursor": cursor}
        return cast("Document", self._transport.fetch(Request("GET", REQUESTS, query)))

    def read(self, request_id: str) -> Document:
        """A request with its versions, slots and steps."""
        return self._fetch("GET", REQUESTS + segment(request_id))

    def progress(self, request_id: str) -> list[Document]:
        """How far each version is in each environment."""
        found = self._fetch("GET", f"{REQUESTS}{segment(request_id)}/progress")
        return cast("list[Document]", found["items"])

    def move(self, request_id: str, verb: str) -> Document:
        """Do one of `activate`, `revert`, `complete` and `cancel`."""
        return self._fetch("POST", f"{REQUESTS}{segment(request_id)}/{verb}")

    def decide(self, request_id: str, slot_id: str, verb: str, comments: str) -> Document:
        """`approve` or `reject` a slot."""
        path = f"{REQUESTS}{segment(request_id)}/slots/{segment(slot_id)}/{verb}"
        return self._fetch("POST", path, {"comments": comments})

    def tick(self, request_id: str, step_id: str, *, done: bool) -> Document:
        """Say that a step is done, or is not."""
        path = f"{REQUESTS}{segment(request_id)}/steps/{segment(step_id)}/tick"
        return self._fetch("POST", path, {"done": done})

    def template_id(self, name: str) -> str:
        """Return the id of the template of that name; what is no name is taken for an id."""
        found = self._fetch("GET", TEMPLATES)["items"]
        return next((str(each["id"]) for each in found if each["name"] == name), name)

    def _fetch(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Document:
        request = Request(method, path, body=None if body is None else dict(body))
        return cast("Document", self._transport.fetch(request))

"""Deployments over HTTP (the DXCP contract's `/v1`)."""

from collections.abc import Mapping
from typing import Any, cast

from deltaci.client.dxcp_deployments import Deployment, TimelineEvent
from deltaci.client.transport import Request, Transport, segment

DEPLOYMENTS = "/v1/deployments"
PROMOTIONS = "/v1/promotions"


class Deployments:
    """Ask for deployments, steer them and read them."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def deploy(self, intent: Mapping[str, Any], key: str) -> Deployment:
        """Ask for a deployment; the same `key` never makes two."""
        return self._post(DEPLOYMENTS, intent, key)

    def validate(self, intent: Mapping[str, Any]) -> dict[str, Any]:
        """Ask whether a deployment would be admitted now."""
        return self._ask(f"{DEPLOYMENTS}/validate", intent)

    def promote(self, intent: Mapping[str, Any], key: str) -> Deployment:
        """Ask for a promotion."""
        return self._post(PROMOTIONS, intent, key)

    def validate_promotion(self, intent: Mapping[str, Any]) -> dict[str, Any]:
        """Ask whether a promotion would be admitted now."""
        return self._ask(f"{PROMOTIONS}/validate", intent)

    def roll_back(self, deployment_id: str, summary: str, key: str) -> Deployment:
        """Ask for what ran before a deployment."""
        path = f"{DEPLOYMENTS}/{segment(deployment_id)}/rollback"
        return self._post(path, {"changeSummary": summary}, key)

    def cancel(self, deployment_id: str) -> Deployment:
        """Ask a deployment to stop; doing so again changes nothing."""
        path = f"{DEPLOYMENTS}/{segment(deployment_id)}/cancel"
        return cast("Deployment", self._transport.fetch(Request("POST", path)))

    def approve(self, deployment_id: str, verdict: str, comments: str) -> Deployment:
        """Approve of a deployment, or reject it."""
        path = f"{DEPLOYMENTS}/{segment(deployment_id)}/approvals"
        body = {"verdict": verdict, "comments": comments}
        return cast("Deployment", self._transport.fetch(Request("POST", path, body=body)))

    def get(self, deployment_id: str) -> Deployment:
        """One deployment by its id."""
        request = Request("GET", f"{DEPLOYMENTS}/{segment(deployment_id)}")
        return cast("Deployment", self._transport.fetch(request))

    def timeline(self, deployment_id: str) -> list[TimelineEvent]:
        """What has happened to it, in order."""
        request = Request("GET", f"{DEPLOYMENTS}/{segment(deployment_id)}/timeline")
        return cast("list[TimelineEvent]", self._transport.fetch(request))

    def proof(self, deployment_id: str, *, in_toto: bool = False) -> dict[str, Any]:
        """Why it could enter its environment; with `in_toto` as a statement in an envelope."""
        path = f"{DEPLOYMENTS}/{segment(deployment_id)}/proof"
        request = Request("GET", path, {"format": "in-toto" if in_toto else ""})
        return cast("dict[str, Any]", self._transport.fetch(request))

    def page(
        self, filters: Mapping[str, str], *, limit: int = 20, cursor: str = ""
    ) -> tuple[list[Deployment], str]:
        """One page, newest first, and the cursor of the next one.

        Filters: service, environment, state; empty ones match all.
        """
        query = {**filters, "limit": limit, "cursor": cursor}
        answer = self._transport.exchange(Request("GET", DEPLOYMENTS, query))
        found = cast("list[Deployment]", self._transport.decode(answer))
        return found, answer.headers.get("X-Next-Cursor") or ""

    def release(self, service: str, environment: str, reason: str) -> None:
        """Let promotions in again after a rollback."""
        path = f"/v1/services/{segment(service)}/release-pin"
        query = {"environment": environment}
        self._transport.exchange(Request("POST", path, query, body={"reason": reason}))

    def _post(self, path: str, body: Mapping[str, Any], key: str) -> Deployment:
        headers = {"Idempotency-Key": key}
        request = Request("POST", path, body=dict(body), headers=headers)
        return cast("Deployment", self._transport.fetch(request))

    def _ask(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return cast("dict[str, Any]", self._transport.fetch(Request("POST", path, body=dict(body))))

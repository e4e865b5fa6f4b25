"""The engine `webhook`: tells a deployer of somebody else's by a signed POST, and asks how it goes.

The deployer acts once per `Idempotency-Key`, whatever is sent again. It ends by calling back, or by
answering at `poll_url`; with neither, the recipe's time runs out.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from deltaci.clock import Clock
from deltaci.engine_settings import EngineSettings
from deltaci.engines.answers import (
    UnreadableAnswerError,
    parse_execution,
    parse_object,
    parse_progress,
)
from deltaci.engines.checks import faults_of
from deltaci.engines.failures import failure
from deltaci.engines.port import (
    EngineOrder,
    EngineRefusedError,
    EngineState,
    EngineUnavailableError,
    Execution,
    FailureCategory,
    Progress,
)
from deltaci.engines.webhook_calls import Call, call, refusal, secrets_of
from deltaci.outgoing_http import Answered
from deltaci.wire.recipes import WebhookSettings

PLACEHOLDER = "{id}"
GONE = frozenset({404, 410})
OK, REDIRECT = 200, 300


class WebhookEngine:
    """Implements `Engine` over HTTP."""

    engine_type = "webhook"

    def __init__(self, settings: EngineSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def check(self, spec: Mapping[str, Any]) -> list[str]:
        """See Engine."""
        try:
            settings = WebhookSettings.model_validate(dict(spec))
        except ValidationError as error:
            return faults_of(error)
        if settings.poll_url is not None and PLACEHOLDER not in settings.poll_url:
            return [f"engine.poll_url must contain {PLACEHOLDER}, which becomes the execution's id"]
        return []

    async def start(self, order: EngineOrder) -> Execution:
        """See Engine."""
        now, url = self._clock(), str(order.spec["url"])
        answer = await call(self._settings, order, Call("POST", url, body=_body(order)), now)
        if not _is_fine(answer):
            raise refusal(order, answer, now)
        try:
            return parse_execution(answer.body, order.key)
        except UnreadableAnswerError as error:
            said = f"the deployer's answer cannot be read: {error}"
            raise EngineRefusedError(failure(FailureCategory.CONFIG, now, said)) from error

    async def poll(self, order: EngineOrder, execution: Execution) -> Progress:
        """See Engine. Without a `poll_url` it goes on until the deployer calls back."""
        url = _execution_url(order, execution)
        if url is None:
            return Progress(EngineState.RUNNING)
        now = self._clock()
        answer = await self._ask_about(order, Call("GET", url, purpose="poll"))
        if answer.status in GONE:
            said = "the deployer does not know the deployment any more"
            return Progress(EngineState.FAILED, failure(FailureCategory.INFRASTRUCTURE, now, said))
        if not _is_fine(answer):
            raise EngineUnavailableError(f"the deployer answered {answer.status}")
        rollback = order.kind == "ROLLBACK"
        try:
            said_of_it = parse_object(answer.body)
            return parse_progress(said_of_it, now, secrets_of(order), rollback=rollback)
        except UnreadableAnswerError as error:
            said = f"the deployer's answer cannot be read: {error}"
            raise EngineUnavailableError(said) from error

    async def cancel(self, order: EngineOrder, execution: Execution) -> None:
        """See Engine. A DELETE of what is polled; a deployer that cannot stop refuses it."""
        url = _execution_url(order, execution)
        if url is not None:
            await self._ask_about(order, Call("DELETE", url, purpose="cancel"))

    async def _ask_about(self, order: EngineOrder, wanted: Call) -> Answered:
        """Call, when a refusal of the address is no word about the deployment."""
        try:
            return await call(self._settings, order, wanted, self._clock())
        except EngineRefusedError as error:
            said = error.failure.detail or error.failure.summary
            raise EngineUnavailableError(said) from error


def _is_fine(answer: Answered) -> bool:
    return OK <= answer.status < REDIRECT


def _execution_url(order: EngineOrder, execution: Execution) -> str | None:
    template = order.spec.get("poll_url")
    return str(template).replace(PLACEHOLDER, quote(execution.id, safe="")) if template else None


def _body(order: EngineOrder) -> bytes:
    """Return what the deployer is told; equal orders give equal bytes."""
    told = {
        "deployment_id": order.deployment_id,
        "kind": order.kind,
        "service": order.service,
        "version": order.version,
        "environment": order.environment,
        "artifactRef": order.artifact_ref,
        "sha256": order.sha256,
        "git_sha": order.git_sha,
        "previous_version": order.previous_version,
        "callback_url": order.callback_url or None,
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()

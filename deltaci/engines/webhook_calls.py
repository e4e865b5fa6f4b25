"""Calls to a deployer: signed, with our key, and with its answers sorted into the port's terms."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from deltaci.engine_settings import EngineSettings
from deltaci.engines.answers import UnreadableAnswerError, failure_text, parse_object
from deltaci.engines.failures import categorise, failure
from deltaci.engines.port import (
    EngineOrder,
    EngineRefusedError,
    EngineUnavailableError,
    FailureCategory,
)
from deltaci.engines.signatures import BadSecretError, sign
from deltaci.engines.targets import Ask, TargetRefusedError, TargetUnreachableError, ask
from deltaci.outgoing_http import Answered
from deltaci.wire.recipes import WebhookSettings

RETRY_AFTER_MAX_SECONDS = 3600.0
MAY_PASS = frozenset({408, 425, 429})
RESERVED = frozenset({"host", "content-length", "transfer-encoding", "connection"})
"""Headers that a recipe cannot set."""
CODE_OF_STATUS = {
    HTTPStatus.UNAUTHORIZED: "unauthorized",
    HTTPStatus.FORBIDDEN: "unauthorized",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.GONE: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request of an order; `purpose` tells its messages apart from each other."""

    method: str
    url: str
    purpose: str = ""
    body: bytes = b""


async def call(
    settings: EngineSettings, order: EngineOrder, wanted: Call, now: datetime
) -> Answered:
    """Send the call and return what is no invitation to try again.

    Raises EngineUnavailableError, and EngineRefusedError for what cannot be sent at all.
    """
    headers = _headers(order, wanted, now)
    try:
        answer = await ask(settings, Ask(wanted.method, wanted.url, headers, wanted.body))
    except TargetUnreachableError as error:
        raise EngineUnavailableError(f"the deployer cannot be reached: {error}") from error
    except TargetRefusedError as error:
        raise _misconfigured(f"the deployer cannot be called: {error}", now) from error
    if answer.status in MAY_PASS or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        said = f"the deployer answered {answer.status}"
        raise EngineUnavailableError(said, _asked_to_wait(answer))
    return answer


def refusal(order: EngineOrder, answer: Answered, now: datetime) -> EngineRefusedError:
    """Return the error for an answer that says no."""
    if answer.status < HTTPStatus.BAD_REQUEST:
        return _misconfigured(f"the deployer answered {answer.status}: a redirect", now)
    try:
        said = parse_object(answer.body)
    except UnreadableAnswerError:
        said = {}
    text = failure_text(said) or f"the deployer answered {answer.status}"
    code = str(said.get("code") or "")
    if categorise(code, "") is FailureCategory.UNKNOWN:
        code = _code_of(answer.status) or code
    category = categorise(code, text, rollback=order.kind == "ROLLBACK")
    if category is FailureCategory.UNKNOWN:
        category = FailureCategory.VALIDATION
    return EngineRefusedError(failure(category, now, text, secrets_of(order)))


def secrets_of(order: EngineOrder) -> Collection[str]:
    """Return what a deployer may repeat and nobody may read: its host's name is among it."""
    settings = WebhookSettings.model_validate(dict(order.spec))
    hosts = [urlsplit(url).hostname for url in (settings.url, settings.poll_url) if url]
    found = [order.secret, *settings.headers.values(), *(host for host in hosts if host)]
    return tuple(text for text in found if text)


def _headers(order: EngineOrder, wanted: Call, now: datetime) -> dict[str, str]:
    settings = WebhookSettings.model_validate(dict(order.spec))
    message_id = f"{order.key}.{wanted.purpose}" if wanted.purpose else order.key
    try:
        signed = sign(order.secret, message_id, wanted.body, now)
    except BadSecretError as error:
        raise _misconfigured(f"the recipe's secret cannot sign. {error}", now) from error
    ours = {"Content-Type": "application/json", "Idempotency-Key": order.key, **signed}
    reserved = RESERVED | set(map(str.lower, ours))
    given = settings.headers.items()
    return {name: value for name, value in given if name.lower() not in reserved} | ours


def _misconfigured(said: str, now: datetime) -> EngineRefusedError:
    return EngineRefusedError(failure(FailureCategory.CONFIG, now, said))


def _code_of(status: int) -> str:
    return CODE_OF_STATUS.get(HTTPStatus(status), "") if status in set(HTTPStatus) else ""


def _asked_to_wait(answer: Answered) -> float | None:
    after = answer.headers.get("Retry-After", "")
    readable = after.isascii() and after.isdecimal() and len(after) < len("1000000")
    return min(float(after), RETRY_AFTER_MAX_SECONDS) if readable else None

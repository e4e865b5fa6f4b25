"""One POST to a receiver: bounded in time, and only its status counts.

What a receiver answers is not read: nothing of it is of use, and it may be endless.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx2

from deltaci.senders.guard import REFUSED, InnerAddressError
from deltaci.senders.port import RefusedError, UnreachedError

TRY_AGAIN = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
RETRY_AFTER_MAX_SECONDS = 3_600.0
"""A receiver may ask for this much patience; whoever asks for more is asked again by then."""


async def post(
    client: httpx2.AsyncClient,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    seconds: float,
    now: datetime,
) -> int:
    """Return the status of a receiver that took it. Raises RefusedError and UnreachedError."""
    try:
        async with asyncio.timeout(seconds):
            request = client.build_request("POST", url, content=body, headers=dict(headers))
            answer = await client.send(request, stream=True)
            await answer.aclose()
    except InnerAddressError:
        raise RefusedError(REFUSED) from None
    except TimeoutError:
        raise UnreachedError(f"no answer within {seconds:g} s") from None
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        # What the error says may hold the address.
        raise UnreachedError(_sentence(error)) from None
    return judge(answer.status_code, answer.headers.get("Retry-After", ""), now)


def judge(status: int, retry_after: str, now: datetime) -> int:
    """Return a status that means success. Raises RefusedError and UnreachedError for others."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return status
    if status in TRY_AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        wait = seconds_of(retry_after, now)
        raise UnreachedError(f"the receiver answered {status}", status, wait)
    if status < HTTPStatus.BAD_REQUEST:
        raise RefusedError(f"the receiver answered {status}; redirects are not followed", status)
    raise RefusedError(f"the receiver answered {status}", status)


def seconds_of(retry_after: str, now: datetime) -> float | None:
    """Read `Retry-After`, in seconds or as a date; None when it is neither."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return min(float(text[:9]), RETRY_AFTER_MAX_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(0.0, (aware - now).total_seconds()), RETRY_AFTER_MAX_SECONDS)


def _sentence(error: Exception) -> str:
    match error:
        case httpx2.ConnectTimeout() | httpx2.ReadTimeout() | httpx2.WriteTimeout():
            return "the receiver did not answer in time"
        case httpx2.ConnectError():
            return "the receiver cannot be reached: no address, no connection, or no trusted TLS"
        case httpx2.RemoteProtocolError() | httpx2.ReadError():
            return "the receiver hung up without an answer"
        case _:
            return f"the receiver cannot be reached ({type(error).__name__})"

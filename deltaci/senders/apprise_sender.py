"""Everything else that Apprise can reach, within bounds that it does not have by itself.

Apprise is handed an address that somebody chose. Only allowed kinds count, none of its plug-ins
from files, configuration files or stores are used, and what its address asks for beyond the
receiver (retries, waits, redirects, unverified TLS, long timeouts) is overruled. It works in
threads that may connect to public addresses only.
"""

import asyncio
import importlib
import logging
import warnings
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from deltaci.senders.guard import REFUSED, may_lead_inside
from deltaci.senders.port import Config, Message, RefusedError, UnreachedError
from deltaci.senders.thread_guard import public_addresses_only

THREADS = 4


class AppriseSender:
    """Sends the text to the channel's `url`."""

    def __init__(
        self, timeout_seconds: float, schemes: Collection[str], private_hosts: Collection[str]
    ) -> None:
        self._seconds = timeout_seconds
        self._schemes = schemes
        self._private_hosts = private_hosts
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="apprise")

    async def send(self, config: Config, message: Message) -> None:
        """See Sender."""
        url = config["url"]
        if url.partition("://")[0].lower() not in self._schemes:
            raise RefusedError("the server's settings do not allow this kind of address any more")
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._seconds):
                await loop.run_in_executor(self._threads, self._notify, url, message)
        except TimeoutError:
            raise UnreachedError(f"no answer within {self._seconds:g} s") from None

    async def close(self) -> None:
        """See Sender."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _notify(self, url: str, message: Message) -> None:
        """Runs in a thread; Apprise bounds each of its waits, so that it ends."""
        service = self._service(url)
        host = urlsplit(url).hostname or ""
        if may_lead_inside(host, self._private_hosts):
            taken = _tell(service, message)
        else:
            with public_addresses_only() as watch:
                taken = _tell(service, message)
            if watch.refused:
                raise RefusedError(REFUSED)
        if not taken:
            raise UnreachedError("the receiver did not take it")

    def _service(self, url: str) -> Any:
        apprise = _apprise()
        asset = apprise.AppriseAsset(
            plugin_paths=[],
            http_redirects=False,
            service_timeout=self._seconds,
            allow_templates=False,
            storage_mode=apprise.PersistentStoreMode.MEMORY,
        )
        service = apprise.Apprise.instantiate(url, asset=asset)
        if service is None:
            raise RefusedError("Apprise does not understand the channel's address")
        service.retry, service.redirects, service.verify_certificate = 0, False, True
        service.socket_connect_timeout = service.socket_read_timeout = self._seconds
        return service


def _tell(service: Any, message: Message) -> bool:
    try:
        return bool(
            service.notify(
                body=inert(message.text),
                title=inert(message.title),
                body_format=_apprise().NotifyFormat.TEXT,
            )
        )
    except Exception:  # noqa: BLE001 - plug-ins by many hands, whose errors may hold the address
        return False


@cache
def _apprise() -> Any:
    """Load Apprise: that takes half a second, and most servers never need it."""
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines may hold addresses
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of what it loads of old Pythons
        importlib.import_module("apprise.plugins").N_MGR.load_modules()
        return importlib.import_module("apprise")


_INERT = str.maketrans(
    {
        **{sign: f"{sign}\u2060" for sign in "@<>[]|"},
        "*": "\u2217",
        "`": "\u02cb",
        "~": "\u223c",
        "\\": "\u2216",
    }
)


def inert(text: str) -> str:
    """Return a text that looks the same and in which no receiver finds markup or a mention.

    What a receiver makes of a text is not known here, so signs that mean something to any of them
    are followed by an invisible joiner, or look like themselves only.
    """
    return text.replace("://", ":\u2060//").translate(_INERT)

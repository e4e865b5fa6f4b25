"""Which addresses a repository may have: we connect to them, so they must not lead inside.

Names are looked up before git does it once more by itself, so a name whose address changes between
the two (DNS rebinding) is not caught. Where that matters, list the hosts in `git_hosts`, or let the
network keep these processes from inner addresses. Redirects are not followed.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from deltaci.errors import InvalidRequestError, UnavailableError
from deltaci.settings import Settings

ANY = "any"
SCHEMES = frozenset({"git", "http", "https", "ssh"})
WEB_PORTS = {"http": 80, "https": 443}
LOOKUP_SECONDS = 5.0
REFUSED_HOST = "the repository's host must have public addresses, or be allowed in the settings"

_SCP_LIKE = re.compile(r"(?:[A-Za-z0-9_.-]+@)?(?P<host>[A-Za-z0-9][A-Za-z0-9_.-]*):(?!/?/|:)\S+")
_HOST = re.compile(r"[A-Za-z0-9:][A-Za-z0-9:_.%-]*")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_THREADS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="names")


@dataclass(frozen=True, slots=True)
class AddressRules:
    """What may be registered and fetched from, by the settings."""

    data_dir: Path
    folders: Collection[Path]
    any_folder: bool
    hosts: Collection[str]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read the rules out of the settings."""
        local = settings.local_repositories
        folders = [] if local == ANY else [part for part in local.split(":") if part]
        hosts = (host.strip().lower() for host in settings.git_hosts.split(","))
        return cls(
            data_dir=settings.data_dir.resolve(),
            folders=tuple(Path(folder).resolve() for folder in folders),
            any_folder=local == ANY,
            hosts=frozenset(host for host in hosts if host),
        )

    async def check(self, address: str) -> None:
        """Raise InvalidRequestError for an address that may not be used.

        Raises UnavailableError when its host's name cannot be looked up now.
        """
        folder = local_folder(address)
        if folder is not None:
            self._check_folder(folder)
            return
        host = host_of(address)
        if self.hosts:
            if host not in self.hosts:
                raise InvalidRequestError(REFUSED_HOST)
        elif not all(map(is_public, await _addresses(host))):
            raise InvalidRequestError(REFUSED_HOST)

    def _check_folder(self, folder: Path) -> None:
        real = folder.resolve()
        allowed = self.any_folder or any(real.is_relative_to(each) for each in self.folders)
        if not allowed or real.is_relative_to(self.data_dir):
            raise InvalidRequestError("a repository in this folder is not allowed by the settings")


def local_folder(address: str) -> Path | None:
    """Return the folder that an address names, or None when it is elsewhere."""
    path = address.removeprefix("file://")
    return Path(path) if path.startswith("/") and "\0" not in path else None


def host_of(address: str) -> str:
    """Return the lower-case host of a remote address. Raises InvalidRequestError for odd ones."""
    if not address.isprintable() or " " in address or address.startswith("-"):
        raise _odd()
    short = _SCP_LIKE.fullmatch(address)
    if short is not None:
        return short["host"].lower().rstrip(".")
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _odd() from error
    if parts.scheme not in SCHEMES or not _HOST.fullmatch(host):
        raise _odd()
    if parts.query or parts.fragment or (parts.username or "").startswith("-"):
        raise _odd()
    if parts.password is not None or (parts.username is not None and parts.scheme != "ssh"):
        raise InvalidRequestError("a repository's address must not contain credentials")
    return host.rstrip(".")


def leads_to(address: str, server: str, full_name: str) -> bool:
    """Whether an address is the one that a server, known by its own, has for a repository.

    Servers do not tell cases apart, and ask for no `.git` at the end.
    """
    here, there = _server_and_path(address), _server_and_path(server)
    if here is None or there is None:
        return False
    (origin, path), (server_origin, folder) = here, there
    wanted = f"{folder.rstrip('/')}/{full_name}"
    return origin == server_origin and _name(path) == _name(wanted)


def _name(path: str) -> str:
    return path.rstrip("/").removesuffix(".git").lower()


def _server_and_path(address: str) -> tuple[tuple[str, str, int], str] | None:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in WEB_PORTS or not parts.hostname or "/.." in parts.path:
        return None
    host = parts.hostname.rstrip(".")
    return (parts.scheme, host, port or WEB_PORTS[parts.scheme]), parts.path


def _odd() -> InvalidRequestError:
    return InvalidRequestError(
        "a repository's address must be an https, http, ssh or git URL, or an absolute path"
    )


async def _addresses(host: str) -> Collection[str]:
    """Look a name up as git will; numbers in odd notations become what they mean."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(LOOKUP_SECONDS):
            found = await loop.run_in_executor(_THREADS, socket.getaddrinfo, host, None)
    except (OSError, UnicodeError, TimeoutError) as error:
        raise UnavailableError("the repository's host cannot be looked up") from error
    return {str(entry[4][0]) for entry in found}


def is_public(address: str) -> bool:
    """Whether an IP address, a translated or a mapped one included, is everybody's."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast

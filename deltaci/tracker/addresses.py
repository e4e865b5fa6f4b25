"""Addresses as events carry them: without credentials, and repositories by name."""

import re
import urllib.parse

_USERINFO = re.compile(r"(?<=://)[^/?#\s]*@")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PORT = re.compile(r":\d*$")
_SCP = re.compile(r"(?:[^/@\s]+@)?(?P<host>\[[^\]]+\]|[^/:\s]+):(?P<path>[^\s]+)")


def without_credentials(address: str) -> str:
    """Drop the user and password of every URL in a text."""
    return _USERINFO.sub("", address)


def repository_name(address: str) -> str:
    """Name a repository by host and path, whatever protocol, user or port it is cloned with.

    `https://github.com/owner/repo.git` and `git@github.com:owner/repo.git` both give
    `github.com/owner/repo` (spec §2.8).
    """
    address = address.strip()
    if scheme := _SCHEME.match(address):
        host, _, path = address[scheme.end() :].partition("/")
        host = _PORT.sub("", host.rpartition("@")[2])
    elif scp := _SCP.fullmatch(address):
        host, path = scp["host"], scp["path"].lstrip("/")
    else:
        host, path = "", address.rpartition("@")[2]
    path = path.partition("?")[0].partition("#")[0].rstrip("/").removesuffix(".git")
    return "/".join(part for part in (host, path) if part)


def last_part(path: str) -> str:
    """What follows the last slash."""
    return path.rstrip("/").rpartition("/")[2]


def quoted(text: str) -> str:
    """Text as one segment of a URL."""
    return urllib.parse.quote(text, safe="")

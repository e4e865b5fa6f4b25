"""Addresses without the credentials that tools leave in them (spec §6): pure."""

import re

IN_URL = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*@")
WITHOUT_SCHEME = re.compile(r"^(?!git@)[^@]+@(?=[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::\d+)?[/:])")
"""As `user/token@host/path`, which some make of a URL; a host has a dot."""


def without_userinfo(address: str) -> str:
    """Return an address without whatever stands before the `@` of its host."""
    found = IN_URL.match(address)
    if found:
        return f"{found[1] or ''}//{address[found.end() :]}"
    return WITHOUT_SCHEME.sub("", address)

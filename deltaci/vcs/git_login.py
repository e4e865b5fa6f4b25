"""Logging in to a git server: through git's environment, never in an address or an argument."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from deltaci.vcs.port import GitCredential


class CredentialSource(Protocol):
    """Finds what a repository is fetched with."""

    async def __call__(self, repo_id: str, url: str, /) -> GitCredential | None:
        """Return a credential for the server in `url`, or None to go as nobody.

        Asked for each command that goes over the network. Raises the errors of ForgeApi.
        """
        ...


class LoginFor(Protocol):
    """Says how to log in at an address."""

    async def __call__(self, url: str) -> "Login":
        """Return the settings for one command."""
        ...


@dataclass(frozen=True, slots=True)
class Login:
    """Settings that only one git command gets, and what must be in nothing that it prints."""

    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def at(cls, url: str, credential: GitCredential) -> "Login":
        """Log in at the server in `url`, and at no other."""
        parts = urlsplit(url)
        pair = b64encode(f"{credential.username}:{credential.password}".encode()).decode()
        scope = f"http.{parts.scheme}://{parts.netloc}/.extraHeader"
        secrets = tuple(secret for secret in (pair, credential.password) if secret)
        return cls({scope: f"Authorization: Basic {pair}"}, secrets)

    def redact(self, output: bytes) -> bytes:
        """Take the secrets out of what git printed: a server may send them back."""
        for secret in self.secrets:
            output = output.replace(secret.encode(), b"***")
        return output


NOBODY = Login()


async def as_nobody(url: str) -> Login:  # noqa: ARG001 - the port's signature
    """Log in nowhere."""
    return NOBODY

"""An OIDC issuer to try things against: real HTTP on loopback, and it signs whatever it is told.

`python -m deltaci.testing.oidc_issuer --port 9000` runs it as a program.
"""

import asyncio
import contextlib
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any, Literal, Self

import jwt
import typer
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from deltaci.clock import Clock, utc_now
from deltaci.oidc_settings import OidcIssuerSettings
from deltaci.testing.fake_forge.faults import Faults
from deltaci.testing.http_stub import Answer, HttpStub, Request

DISCOVERY_PATH = "/.well-known/openid-configuration"
KEYS_PATH = "/keys"
AUDIENCE = "delta-ci"
"""Whom its usual tokens are for."""
TOKEN_LIFE = timedelta(minutes=5)
RSA_BITS = 2048


@dataclass(frozen=True)
class IssuerKey:
    """A key that an issuer signs with."""

    kid: str
    algorithm: str
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def generate(cls, kid: str, algorithm: str, bits: int = RSA_BITS) -> Self:
        """Make a key for RS256 or ES256; `bits` is the size of the former."""
        if algorithm == "RS256":
            return cls(kid, algorithm, rsa.generate_private_key(65537, bits))
        return cls(kid, algorithm, ec.generate_private_key(ec.SECP256R1()))

    @property
    def published(self) -> dict[str, Any]:
        """What a key set shows of it."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            entry = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        else:
            entry = ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {**entry, "kid": self.kid, "alg": self.algorithm, "use": "sig"}


class FakeIssuer:
    """One issuer with one signing key at a time. Use it as an async context manager."""

    def __init__(
        self,
        *,
        algorithm: str = "RS256",
        key: IssuerKey | None = None,
        port: int = 0,
        clock: Clock = utc_now,
    ) -> None:
        """Begin with `key`, or with a fresh one for `algorithm`."""
        self.key = key or IssuerKey.generate("key-1", algorithm)
        """What it signs with."""
        self.keys: list[Mapping[str, Any]] = [self.key.published]
        """What it publishes."""
        self.discovered: dict[str, Any] = {}
        """What its discovery document says besides, or instead."""
        self.faults = Faults()
        self.requests: list[str] = []
        """The path of every request that arrived, refused ones too."""
        self._clock = clock
        self._numbers = itertools.count(2)
        self._stub = HttpStub(self._answer)
        self._stub.port = port

    @property
    def url(self) -> str:
        """Its name, and where it listens."""
        return f"http://127.0.0.1:{self._stub.port}"

    async def __aenter__(self) -> Self:
        await self.come_back()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.go_down()

    async def go_down(self) -> None:
        """Refuse and drop connections; its keys stay."""
        await self._stub.stop()

    async def come_back(self) -> None:
        """Listen, at the same address as before."""
        await self._stub.start()

    def rotate(self, *, keep: bool = True) -> str:
        """Sign with a new key from now on; returns its id. `keep` publishes the old ones, too."""
        self.key = IssuerKey.generate(f"key-{next(self._numbers)}", self.key.algorithm)
        self.keys = [self.key.published, *(self.keys if keep else ())]
        return self.key.kid

    def trusted(self, **fields: Any) -> OidcIssuerSettings:
        """Return settings by which its tokens count: by default everybody may read."""
        usual = {"issuer": self.url, "audience": AUDIENCE, "algorithm": self.key.algorithm}
        everybody = {"require": {"sub": "*"}, "default_roles": ["observer"]}
        return OidcIssuerSettings.model_validate(usual | everybody | fields)

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Return the claims of a usual token with these in their place; None takes one out."""
        now = int(self._clock().timestamp())
        usual = {
            "iss": self.url,
            "sub": "ada",
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + int(TOKEN_LIFE.total_seconds()),
        }
        return {name: value for name, value in (usual | changed).items() if value is not None}

    def sign(self, *, key: IssuerKey | None = None, **claims: Any) -> str:
        """Return a token with the usual claims and these, by the current key or by another."""
        key = key or self.key
        headers = {"kid": key.kid}
        return jwt.encode(self.claims(**claims), key.private, key.algorithm, headers)

    async def _answer(self, request: Request) -> Answer | None:
        if request.path == "/_fake/token":
            return _sign_as_told(self, request)
        if request.path == "/_fake/rotate":
            return _answered({"kid": self.rotate()})
        self.requests.append(request.path)
        return await self.faults.around(request, lambda: self._document(request))

    def _document(self, request: Request) -> Answer:
        if request.path == DISCOVERY_PATH:
            usual = {"issuer": self.url, "jwks_uri": f"{self.url}{KEYS_PATH}"}
            return _answered(usual | self.discovered)
        if request.path == KEYS_PATH:
            return _answered({"keys": self.keys})
        return _answered({"error": "not_found"}, HTTPStatus.NOT_FOUND)


def _sign_as_told(issuer: FakeIssuer, request: Request) -> Answer:
    try:
        return _answered({"token": issuer.sign(**json.loads(request.body or b"{}"))})
    except (ValueError, TypeError, AttributeError) as error:
        return _answered({"error": f"not understood: {error!r}"}, HTTPStatus.BAD_REQUEST)


def _answered(document: Any, status: int = HTTPStatus.OK) -> Answer:
    return Answer(status, json.dumps(document).encode())


def serve(
    port: Annotated[int, typer.Option(help="Where it listens; 0 takes a free one.")] = 0,
    algorithm: Annotated[Literal["RS256", "ES256"], typer.Option(help="How it signs.")] = "RS256",
) -> None:
    """Be an OIDC issuer on this machine until Ctrl-C.

    `POST /_fake/token` with claims, such as `{"sub": "ada", "groups": ["dev"]}`, returns a token
    that has them, and the usual ones; `POST /_fake/rotate` lets it sign with a new key.
    """
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_until_interrupted(FakeIssuer(algorithm=algorithm, port=port)))


async def _until_interrupted(issuer: FakeIssuer) -> None:
    async with issuer:
        typer.echo(issuer.url)
        await asyncio.Event().wait()


if __name__ == "__main__":
    typer.run(serve)

"""Settings of what carries deployments out and proves them: `DELTA_CI_ENGINE_…`, `…_PROOF_…`."""

import ipaddress
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class EngineSettings(BaseModel):
    """How we call deployers and probes."""

    model_config = ConfigDict(frozen=True)

    private_hosts: str = Field(
        "",
        description="Hosts and networks, separated by commas, that deployers and probes may be in "
        "although their addresses are not public, as `deployer.internal,10.0.0.0/8`; they may be "
        "called by plain http, too. Everything else must have public addresses only, and https.",
    )
    timeout_seconds: Annotated[int, Field(ge=1, le=300)] = Field(
        10, description="Longest that one call to a deployer or a probe takes."
    )
    answer_max_bytes: Annotated[int, Field(ge=1024)] = Field(
        65_536, description="Most that is read of an answer of theirs."
    )

    @field_validator("private_hosts")
    @classmethod
    def _readable(cls, value: str) -> str:
        for entry in _listed(value):
            if "/" in entry and _network(entry) is None:
                raise ValueError(f"{entry!r} is neither a host nor a network")
        return value

    @property
    def hosts(self) -> frozenset[str]:
        """The named hosts."""
        return frozenset(entry for entry in _listed(self.private_hosts) if _network(entry) is None)

    @property
    def networks(self) -> tuple[Network, ...]:
        """The named networks; an address is one of itself."""
        found = map(_network, _listed(self.private_hosts))
        return tuple(network for network in found if network is not None)


class ProofSettings(BaseModel):
    """What the proofs of deployments are signed with."""

    model_config = ConfigDict(frozen=True)

    key: SecretStr = Field(
        SecretStr(""),
        description="Signs proofs of deployments: an Ed25519 or ECDSA (P-256, P-384) private key "
        "in PEM; `\\n` may stand for line ends. Empty leaves them unsigned.",
    )
    key_file: Path | None = Field(None, description="The file with that key, instead of the key.")

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.key.get_secret_value() and self.key_file is not None:
            raise ValueError("give key or key_file, not both")
        if self.key_file is not None and not self.key_file.is_file():
            raise ValueError("key_file names no file")
        return self

    @property
    def pem(self) -> str:
        """The key in PEM, from either setting; empty without one."""
        if self.key_file is not None:
            return self.key_file.read_text()
        return self.key.get_secret_value().replace("\\n", "\n")


def _listed(text: str) -> list[str]:
    return [part.strip().lower() for part in text.split(",") if part.strip()]


def _network(entry: str) -> Network | None:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None

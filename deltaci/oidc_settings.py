"""Settings of the OIDC issuers whose tokens count: `DELTA_CI_OIDC_ISSUERS` and its like."""

import ipaddress
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic_settings import NoDecode

from deltaci.identity.roles import DXCP_ROLES, Role

ISSUER_MAX_LENGTH = 120
"""Leaves room for the subject in what a caller is remembered by."""


def require_address(address: str, *, allow_http: bool, like: str = "http:") -> None:
    """Raise ValueError for an address that keys may not be fetched from.

    Whoever sits between us and the issuer could sign anything over plain HTTP, so that is for this
    machine only, and only when `like`, the address that led here, is plain, too.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme not in {"https", "http"} or not host or not address.isascii():
        raise ValueError("must be an https address")
    if parts.username is not None or parts.fragment:
        raise ValueError("must contain neither credentials nor a fragment")
    may_be_plain = allow_http or (_is_loopback(host) and urlsplit(like).scheme == "http")
    if parts.scheme == "http" and not may_be_plain:
        raise ValueError("must be an https address; `allow_http` allows plain HTTP")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _one_or_several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _list_in_json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value.strip() else ()
    except (ValueError, RecursionError) as error:
        raise ValueError(f"must be a list in JSON ({error})") from error


def _grantable(role: Role) -> Role:
    if role is Role.RUNNER:
        raise ValueError("runner cannot be granted: runners have tokens of this instance")
    return role


Text = Annotated[str, StringConstraints(min_length=1)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_one_or_several), Field(min_length=1)]
"""One text, or a list of them."""
Grantable = Annotated[Role, AfterValidator(_grantable)]
Seconds = Annotated[int, Field(ge=1)]


class OidcIssuerSettings(BaseModel):
    """One issuer: which of its tokens count, and what their bearers may do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Annotated[str, StringConstraints(max_length=ISSUER_MAX_LENGTH)] = Field(
        description="Its address, exactly as in the claim `iss`."
    )
    audience: Texts = Field(
        description="Tokens made for one of these count; a text or a list of them."
    )
    algorithm: Literal["RS256", "ES256"] = Field(
        "RS256", description="How it signs; a token signed otherwise never counts."
    )
    jwks_url: str = Field("", description="Where its keys are; empty asks its discovery document.")
    allow_http: bool = Field(
        default=False, description="Fetch over plain HTTP from elsewhere than this machine, too."
    )
    require: dict[Text, Texts] = Field(
        {},
        description="Claims that a token must have, each with a value or several of which one must "
        "match; `*` stands for anything.",
    )
    roles_claim: str = Field(
        "",
        description="The claim that names groups or roles; a dot leads into an object, as in "
        "`realm_access.roles`.",
    )
    roles: dict[Text, Grantable] = Field(
        {},
        description="Which value of `roles_claim` gives which role; empty means the names of DXCP.",
    )
    default_roles: tuple[Grantable, ...] = Field(
        (), description="Roles of tokens to which `roles_claim` gives none; never `admin`."
    )

    @field_validator("issuer")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        if "|" in value or not value.isprintable() or urlsplit(value).query:
            raise ValueError("must be an address without a query")
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        """Name the field that is wrong or missing, rather than refuse every token later."""
        for name in ("issuer", "jwks_url"):
            self._require_address(name)
        if self.roles and not self.roles_claim:
            raise ValueError("roles_claim is missing: roles are set")
        if not self.roles_claim and not self.default_roles:
            raise ValueError("roles_claim or default_roles is missing: no token could do anything")
        if Role.ADMIN in self.default_roles:
            raise ValueError("default_roles must not contain admin: map a value by roles")
        if self.default_roles and not self.require:
            raise ValueError(
                "require is missing: default_roles would go to everybody to whom the issuer gives "
                'tokens; say {"sub": "*"} if you want that'
            )
        return self

    def role_of(self) -> Mapping[str, Role]:
        """Return which value of the roles claim gives which role."""
        return self.roles or DXCP_ROLES

    def _require_address(self, name: str) -> None:
        address = getattr(self, name)
        if not address and name == "jwks_url":
            return
        try:
            require_address(address, allow_http=self.allow_http)
        except ValueError as error:
            raise ValueError(f"{name} {error}") from error


class OidcSettings(BaseModel):
    """All issuers, and how their keys are fetched."""

    model_config = ConfigDict(frozen=True)

    issuers: Annotated[tuple[OidcIssuerSettings, ...], NoDecode, BeforeValidator(_list_in_json)] = (
        Field(
            (),
            description="OIDC issuers whose tokens count: a JSON list of "
            "[objects](../how-to/oidc.md#what-an-issuers-object-says).",
        )
    )
    timeout_seconds: Seconds = Field(
        5, description="Longest that asking an issuer for its keys takes."
    )
    keys_cache_seconds: Seconds = Field(
        300, description="An issuer's keys are asked for again after this time."
    )
    keys_keep_seconds: Seconds = Field(
        86_400, description="How long they count while the issuer cannot be asked."
    )
    cooldown_seconds: Seconds = Field(
        30,
        description="An issuer is asked at most once in this time, however many tokens name keys "
        "that are not known.",
    )
    clock_skew_seconds: Annotated[int, Field(ge=0, le=300)] = Field(
        30, description="How far an issuer's clock may differ from ours."
    )

    @field_validator("issuers")
    @classmethod
    def _each_once(cls, issuers: tuple[OidcIssuerSettings, ...]) -> tuple[OidcIssuerSettings, ...]:
        names = [each.issuer for each in issuers]
        if len(set(names)) < len(names):
            raise ValueError("an issuer is listed twice; give it several audiences instead")
        return issuers

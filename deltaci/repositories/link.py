"""Link a repository with its forge, inside the caller's transaction."""

import re

from pydantic import TypeAdapter, ValidationError

from deltaci.core import Core
from deltaci.errors import InvalidRequestError, InvalidStateError
from deltaci.store import audit
from deltaci.store.database import Transaction
from deltaci.store.forges import add_secret, claim_link, find_link, key_of, secrets_of
from deltaci.store.tables import ForgeLink
from deltaci.wire.forges import FullName, Provider
from deltaci.wire.repositories import CreateRepository

SECRETS_MAX = 10
"""Active secrets of one webhook; rotating needs two."""

_NAMED = re.compile(r"(?:[a-z+]+://[^/]+/|[^/:]+:)?(?P<name>[^/].*?/[^/]+?)(?:\.git)?/?")
_FULL_NAME = TypeAdapter[str](FullName)


async def link_repository(
    tx: Transaction, core: Core, actor: str, request: CreateRepository
) -> None:
    """Store where the repository is on its forge, with the secret and token given.

    Repeating it changes nothing but the token; a secret that is not active yet becomes so. Raises
    InvalidStateError when another repository is linked to that place, and InvalidRequestError when
    the forge is not set up here, so that its deliveries would find nobody.
    """
    if request.provider is None:
        return
    if not core.settings.forge(request.provider).url:
        setting = f"DELTA_CI_{request.provider.upper()}_URL"
        raise InvalidRequestError(f"{request.provider} is not set up here: set {setting}")
    link = await _link(tx, core, actor, request, request.provider)
    if request.token is not None:
        _set_token(tx, core, actor, link, request.token.get_secret_value())
    if request.webhook_secret is not None:
        secret = request.webhook_secret.get_secret_value()
        await activate_secret(tx, core, actor, link.repo_id, secret)


async def _link(
    tx: Transaction, core: Core, actor: str, request: CreateRepository, provider: Provider
) -> ForgeLink:
    full_name = request.full_name or name_in(request.url, core.settings.forge(provider).url)
    is_new = await claim_link(
        tx,
        repo_id=request.repo_id,
        provider=provider,
        full_name=full_name,
        full_name_key=key_of(full_name),
        sealed_token=None,
        created_by=actor,
        created_at=core.clock(),
        updated_at=core.clock(),
    )
    link = await find_link(tx, request.repo_id)
    if link is None or (link.provider, link.full_name_key) != (provider, key_of(full_name)):
        raise InvalidStateError(
            f"{full_name!r} on {provider}, or this repository, is linked already"
        )
    if is_new:
        audit.record(
            tx,
            actor=actor,
            action=audit.Action.REPOSITORY_LINKED,
            subject_kind="repository",
            subject_id=request.repo_id,
            at=core.clock(),
            provider=provider,
            full_name=full_name,
        )
    return link


def _set_token(tx: Transaction, core: Core, actor: str, link: ForgeLink, token: str) -> None:
    link.sealed_token = core.seal.close(token)
    link.updated_at = core.clock()
    audit.record(
        tx,
        actor=actor,
        action=audit.Action.FORGE_TOKEN_SET,
        subject_kind="repository",
        subject_id=link.repo_id,
        at=core.clock(),
        provider=link.provider,
    )


async def activate_secret(
    tx: Transaction, core: Core, actor: str, repo_id: str, secret: str
) -> int:
    """Make a secret count for a webhook; returns its id. Raises InvalidStateError."""
    active = await secrets_of(tx, repo_id)
    for row in active:
        if secret in core.seal.open_those_that_open([row.sealed]):
            return row.id
    if len(active) >= SECRETS_MAX:
        raise InvalidStateError(f"the webhook has {SECRETS_MAX} active secrets; remove one first")
    added = await add_secret(tx, repo_id, core.seal.close(secret), actor, core.clock())
    audit.record(
        tx,
        actor=actor,
        action=audit.Action.WEBHOOK_SECRET_ADDED,
        subject_kind="repository",
        subject_id=repo_id,
        at=core.clock(),
        secret_id=added.id,
    )
    return added.id


def name_in(url: str, server: str) -> str:
    """Return `owner/name` as a repository's address has it, which its server's may begin.

    Raises InvalidRequestError when it has none that a forge would give.
    """
    named = _NAMED.fullmatch(url.removeprefix(f"{server}/"))
    try:
        return _FULL_NAME.validate_python(named and named["name"])
    except ValidationError as error:
        message = "full_name is missing: the address does not name the repository"
        raise InvalidRequestError(message) from error

"""Receive a webhook: read, verify, parse, decide, keep. Everything slow comes later."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog
from cachetools import TTLCache

from deltaci.core import Core
from deltaci.errors import InvalidRequestError, NotFoundError, UnauthorizedError
from deltaci.repositories.auto_register import auto_register
from deltaci.repositories.forge import hears
from deltaci.store.forges import find_linked, key_of
from deltaci.vcs.port import Delivery, Forge, Forges, Provider
from deltaci.webhooks.decide import Decision, KnownRepository, decide
from deltaci.webhooks.desk import Desk
from deltaci.webhooks.keep import Receipt
from deltaci.wire.forges import DeliveryOutcome, WebhookAccepted

ALIASES = {"forgejo": Provider.GITEA}
REPOSITORIES_REMEMBERED = 2000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    """What deliveries of one repository are checked against."""

    repository: KnownRepository
    secrets: tuple[str, ...] = field(repr=False)


class Reception:
    """Where the deliveries of all forges arrive in one process."""

    def __init__(self, core: Core, forges: Forges) -> None:
        self._core = core
        self._forges = forges
        self._desk = Desk(core)
        self._known: TTLCache[tuple[str, str], _Known] = TTLCache(
            REPOSITORIES_REMEMBERED, core.settings.webhook_secrets_cache_seconds
        )

    async def receive(
        self, provider: str, headers: Mapping[str, str], body: bytes
    ) -> WebhookAccepted:
        """Store a delivery and what follows from it; `headers` have lower-case names.

        Raises NotFoundError for an unknown provider, InvalidRequestError for what cannot be read,
        UnauthorizedError without a valid signature, and UnavailableError when it should be sent
        again. Receiving the same again gives the same run.
        """
        forge = self._forge(provider)
        delivery = forge.webhooks.read(headers, body)
        known = await self._known_repository(forge, delivery.full_name)
        of_repository = known.secrets if known else ()
        by_forge = forge.webhooks.verify(delivery, forge.secrets)
        if not by_forge and not forge.webhooks.verify(delivery, of_repository):
            log.warning("webhook_refused", provider=forge.provider, event=delivery.event[:100])
            raise UnauthorizedError("the delivery is not signed by a known secret")
        if known is None and by_forge and forge.auto_register:
            await auto_register(self._core, forge, delivery)
            known = await self._known_repository(forge, delivery.full_name)
        return await self.act_on(forge, delivery, known.repository if known else None)

    async def redeliver(self, provider: Provider, delivery: Delivery, of: str) -> WebhookAccepted:
        """Do with a kept delivery, verified long ago, what would be done today."""
        forge = self._forge(provider)
        known = await self._known_repository(forge, delivery.full_name)
        return await self.act_on(forge, delivery, known.repository if known else None, of)

    async def act_on(
        self,
        forge: Forge,
        delivery: Delivery,
        repository: KnownRepository | None,
        redelivery_of: str | None = None,
    ) -> WebhookAccepted:
        """Decide about a verified delivery and keep it; what cannot be parsed is kept as well."""
        rejected = None
        try:
            decision = decide(forge.webhooks.parse(delivery), repository, self._core.settings)
        except InvalidRequestError as error:
            rejected = error
            decision = Decision(DeliveryOutcome.REJECTED, error.message)
        receipt = Receipt(
            provider=forge.provider,
            delivery=delivery,
            decision=decision,
            repo_id=repository.repo_id if repository else None,
            redelivery_of=redelivery_of,
        )
        answer = await self._desk.keep(receipt)
        if rejected is not None:
            raise rejected
        return answer

    def _forge(self, provider: str) -> Forge:
        try:
            return self._forges[ALIASES.get(provider) or Provider(provider)]
        except (ValueError, KeyError) as error:
            raise NotFoundError(f"no forge {provider!r} is set up here") from error

    async def _known_repository(self, forge: Forge, full_name: str) -> _Known | None:
        if not full_name:
            return None
        key = (forge.provider, key_of(full_name))
        known = self._known.get(key)
        if known is None:
            known = await self._look_up(forge.provider, full_name)
            if known is not None:
                self._known[key] = known
        return known

    async def _look_up(self, provider: Provider, full_name: str) -> _Known | None:
        async with self._core.database.read() as tx:
            linked = await find_linked(tx, provider, full_name)
        if linked is None:
            return None
        repository = KnownRepository(
            repo_id=linked.repository.id,
            provider=provider,
            full_name=linked.link.full_name,
            forge=provider if hears(self._core, linked.link) else None,
        )
        secrets = tuple(self._core.seal.open(sealed) for sealed in linked.sealed_secrets)
        return _Known(repository, secrets)

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
from deltaci.webhooks.whole_commits import with_whole_commits
from deltaci.wire.forges import DeliveryOutcome, WebhookAccepted

ALIASES = {"forgejo": Provider.GITEA}
REPOSITORIES_REMEMBERED = 2000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    """What deliveries of one repository are checked against."""

    repository: KnownRepository
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Verified:
    """A delivery that was signed by a known secret."""

    forge: Forge
    delivery: Delivery
    repository: KnownRepository | None
    """The repository that it is about, if that is registered."""
    by_forge: bool
    """Whether a secret for all of the forge's repositories signed it."""


class Reception:
    """Where the deliveries of all forges arrive in one process."""

    def __init__(self, core: Core, forges: Forges) -> None:
        self._core = core
        self._forges = forges
        self._desk = Desk(core)
        self._known: TTLCache[tuple[str, str], _Known] = TTLCache(
            REPOSITORIES_REMEMBERED,
            core.settings.webhook_secrets_cache_seconds,
            timer=lambda: core.clock().timestamp(),
        )

    async def verify(self, provider: str, headers: Mapping[str, str], body: bytes) -> Verified:
        """Read a delivery and find out who signed it; `headers` have lower-case names.

        Raises NotFoundError for an unknown provider, InvalidRequestError for what cannot be read,
        UnauthorizedError without a valid signature, and UnavailableError when it should be sent
        again. Nothing is stored.
        """
        forge = self._forge(provider)
        delivery = forge.webhooks.read(headers, body)
        by_forge = forge.webhooks.verify(delivery, forge.secrets)
        known = self._remembered(forge, delivery.full_name)
        if known is None or not (by_forge or _signed_by_its_own(forge, delivery, known)):
            # A secret that was added a moment ago counts at once.
            known = await self._look_up(forge, delivery.full_name)
        if not by_forge and not _signed_by_its_own(forge, delivery, known):
            log.warning("webhook_refused", provider=forge.provider, named=delivery.event[:100])
            raise UnauthorizedError("the delivery is not signed by a known secret")
        return Verified(forge, delivery, known.repository if known else None, by_forge)

    async def receive(self, verified: Verified) -> WebhookAccepted:
        """Store a delivery and what follows from it. Receiving it again gives the same run.

        Raises InvalidRequestError for what cannot be parsed, and UnavailableError when it should
        be sent again.
        """
        forge, delivery, repository = verified.forge, verified.delivery, verified.repository
        if repository is None and verified.by_forge and forge.auto_register:
            await auto_register(self._core, forge, delivery)
            repository = await self._repository(forge, delivery.full_name)
        return await self.act_on(forge, delivery, repository)

    async def redeliver(self, provider: Provider, delivery: Delivery, of: str) -> WebhookAccepted:
        """Do with a kept delivery, verified long ago, what would be done today."""
        forge = self._forge(provider)
        repository = await self._repository(forge, delivery.full_name)
        return await self.act_on(forge, delivery, repository, of)

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
            event = forge.webhooks.parse(delivery)
            if repository is not None:
                event = await with_whole_commits(self._core, forge, event, repository.repo_id)
            decision = decide(event, repository, self._core.settings)
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

    async def _repository(self, forge: Forge, full_name: str) -> KnownRepository | None:
        known = self._remembered(forge, full_name) or await self._look_up(forge, full_name)
        return known.repository if known else None

    def _remembered(self, forge: Forge, full_name: str) -> _Known | None:
        return self._known.get((forge.provider, key_of(full_name)))

    async def _look_up(self, forge: Forge, full_name: str) -> _Known | None:
        if not full_name:
            return None
        async with self._core.database.read() as tx:
            linked = await find_linked(tx, forge.provider, full_name)
        if linked is None:
            return None
        repository = KnownRepository(
            repo_id=linked.repository.id,
            provider=forge.provider,
            full_name=linked.link.full_name,
            forge=forge.provider if hears(self._core, linked.link) else None,
        )
        secrets = self._core.seal.open_those_that_open(linked.sealed_secrets)
        known = self._known[(forge.provider, key_of(full_name))] = _Known(repository, secrets)
        return known


def _signed_by_its_own(forge: Forge, delivery: Delivery, known: _Known | None) -> bool:
    return known is not None and forge.webhooks.verify(delivery, known.secrets)

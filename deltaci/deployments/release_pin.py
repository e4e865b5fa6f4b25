"""Release what a rollback pinned: promotions may come in again."""

from deltaci.core import Core
from deltaci.deployments.asker import asker_of, is_owner, owners_of
from deltaci.deployments.refusals import NotOfGroupError
from deltaci.errors import NotFoundError
from deltaci.governance.mutations import require_mutations_enabled
from deltaci.identity.principal import Principal
from deltaci.store import audit
from deltaci.store.deployment_locks import pin_of, unpin
from deltaci.store.placements import group_of
from deltaci.wire.governance import ContractRole


async def release_pin(
    core: Core, caller: Principal, service: str, environment: str, reason: str
) -> None:
    """Release an environment. Raises NotFoundError when nothing holds it, NotOfGroupError."""
    await require_mutations_enabled(core)
    asker, now = asker_of(caller), core.clock()
    async with core.database.write() as tx:
        group = await group_of(tx, service)
        owners = owners_of(group.owner) if group else frozenset()
        if asker.role is not ContractRole.PLATFORM_ADMIN and not is_owner(asker, owners):
            raise NotOfGroupError(delivery_group_id=group.id if group else None)
        pinned = await pin_of(tx, service, environment)
        if pinned is None:
            raise NotFoundError(f"nothing holds {service!r} in {environment!r}")
        await unpin(tx, service, environment)
        audit.record(
            tx,
            actor=caller.id,
            action=audit.Action.ENVIRONMENT_PIN_RELEASED,
            subject_kind="environment_pin",
            subject_id=f"{service}/{environment}"[:200],
            at=now,
            service=service,
            environment=environment,
            version=pinned.version,
            reason=reason,
        )

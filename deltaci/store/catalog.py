"""Products, versions and environments, made known by whoever names them first."""

from datetime import datetime

from sqlalchemy import select

from deltaci.ids import new_uid
from deltaci.store.database import Transaction
from deltaci.store.insertion import insert_absent
from deltaci.store.tables import Environment, Product, Version
from deltaci.wire.catalog import EnvironmentType, LifecycleState


async def ensure_product(tx: Transaction, name: str, actor: str, now: datetime) -> Product:
    """Return a product; one that nobody knew is made, and is no service."""
    found = await tx.get(Product, name)
    if found is None:
        await insert_absent(
            tx,
            Product,
            id=name,
            uid=new_uid(),
            is_service=False,
            description="",
            artifact_sources=[],
            compatible_recipes=None,
            extra_metadata={},
            created_by=actor,
            created_at=now,
        )
        found = await tx.get_one(Product, name)
    return found


async def ensure_version(
    tx: Transaction, product: str, version: str, scm_sha: str | None, actor: str, now: datetime
) -> Version:
    """Return a version of a product that is known; `scm_sha` counts only if it is made now."""
    found = await find_version(tx, product, version)
    if found is None:
        await insert_absent(
            tx,
            Version,
            id=new_uid(),
            product=product,
            version=version,
            scm_sha=scm_sha,
            created_by=actor,
            created_at=now,
        )
        found = await find_version(tx, product, version)
        assert found is not None  # noqa: S101 - versions are never deleted
    return found


async def ensure_environment(
    tx: Transaction, name: str, kind: EnvironmentType, actor: str, now: datetime
) -> Environment:
    """Return an environment; one that nobody knew is made, of this type."""
    found = await tx.get(Environment, name)
    if found is None:
        await insert_absent(
            tx,
            Environment,
            id=name,
            uid=new_uid(),
            display_name=name,
            type=kind,
            lifecycle_state=LifecycleState.ACTIVE,
            description="",
            extra_metadata={},
            created_by=actor,
            created_at=now,
            updated_at=now,
        )
        found = await tx.get_one(Environment, name)
    return found


async def find_version(tx: Transaction, product: str, version: str) -> Version | None:
    """Read a version."""
    statement = select(Version).where(Version.product == product, Version.version == version)
    return await tx.scalar(statement.execution_options(populate_existing=True))


async def get_version(tx: Transaction, version_id: str, *, hold: bool = False) -> Version | None:
    """Read a version by its id, and keep others from holding it until this transaction ends."""
    held = {"key_share": True} if hold else None
    return await tx.get(Version, version_id, populate_existing=True, with_for_update=held)

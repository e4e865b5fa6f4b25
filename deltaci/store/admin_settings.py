"""Settings that admins change while the system runs: versioned, and read afresh each time."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from deltaci.store.database import Transaction
from deltaci.store.insertion import insert_absent
from deltaci.store.tables import AdminSetting


class SettingKey(StrEnum):
    """What can be set so."""

    CI_PUBLISHERS = "ci_publishers"
    RATE_LIMITS = "rate_limits"
    MUTATIONS_DISABLED = "mutations_disabled"
    UI_EXPOSURE_POLICY = "ui_exposure_policy"


async def read_setting(tx: Transaction, key: SettingKey) -> AdminSetting | None:
    """Read the version that counts; None when nobody ever set it."""
    newest = select(func.max(AdminSetting.version)).where(AdminSetting.key == key)
    statement = select(AdminSetting).where(
        AdminSetting.key == key, AdminSetting.version == newest.scalar_subquery()
    )
    return await tx.scalar(statement.execution_options(populate_existing=True))


async def write_setting(
    tx: Transaction,
    key: SettingKey,
    value: dict[str, Any],
    actor: str,
    now: datetime,
    *,
    after_version: int,
) -> bool:
    """Write the version after one that was read; False when somebody else wrote it first."""
    return await insert_absent(
        tx,
        AdminSetting,
        key=key,
        version=after_version + 1,
        value=value,
        changed_by=actor,
        changed_at=now,
    )

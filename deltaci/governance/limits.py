"""How often a caller may read, change and register, counted over all replicas (spec §1.7)."""

from datetime import timedelta

from deltaci.core import Core
from deltaci.errors import LimitedError, QuotaExceededError
from deltaci.governance.change import Author, change_setting
from deltaci.store.admin_settings import SettingKey, read_setting
from deltaci.store.database import Transaction
from deltaci.store.tables import AdminSetting
from deltaci.store.usage import count_use, forget_expired
from deltaci.wire.governance import RateLimits, RateLimitsView

READS, CHANGES, REGISTRATIONS = "read", "mutate", "build_register"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


async def count_read(core: Core, caller_id: str) -> None:
    """Count a read. Raises LimitedError when the minute's are used up."""
    async with core.database.write() as tx:
        await _count_in_minute(tx, core, READS, caller_id, (await limits_in(tx, core)).read_rpm)


async def count_change(core: Core, caller_id: str) -> None:
    """Count a request for a change, whatever becomes of it. Raises LimitedError."""
    async with core.database.write() as tx:
        await _count_in_minute(tx, core, CHANGES, caller_id, (await limits_in(tx, core)).mutate_rpm)


async def count_registration(tx: Transaction, core: Core, caller_id: str) -> None:
    """Count a registration in its own transaction: one that is rolled back costs nothing.

    Raises LimitedError when the minute's changes are used up, and QuotaExceededError when the
    UTC day's registrations are.
    """
    limits = await limits_in(tx, core)
    await _count_in_minute(tx, core, CHANGES, caller_id, limits.mutate_rpm)
    quota = limits.daily_quota_build_register
    now = core.clock()
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if not await count_use(tx, REGISTRATIONS, caller_id, day, day + DAY, quota):
        raise QuotaExceededError(
            f"{quota} registrations a day are allowed; the next day begins at 00:00 UTC",
            retry_after_seconds=_seconds_until(day + DAY - now),
            quota=quota,
        )


async def forget_old_counters(core: Core) -> int:
    """Drop what was counted in windows that are over; returns how many counters there were."""
    async with core.database.write() as tx:
        return await forget_expired(tx, core.clock())


async def read_limits(core: Core) -> RateLimitsView:
    """Read the limits that count now."""
    async with core.database.read() as tx:
        return _view(await limits_in(tx, core))


async def limits_in(tx: Transaction, core: Core) -> RateLimits:
    """Read the limits within a transaction: the settings' until an admin sets others."""
    return _limits(await read_setting(tx, SettingKey.RATE_LIMITS), core)


async def replace_limits(core: Core, author: Author, request: RateLimits) -> RateLimitsView:
    """Set all limits; they count for the next request."""
    async with core.database.write() as tx:
        row = await read_setting(tx, SettingKey.RATE_LIMITS)
        old = _limits(row, core).model_dump()
        values = {name: (old[name], new) for name, new in request.model_dump().items()}
        await change_setting(tx, core, author, SettingKey.RATE_LIMITS, row, values)
    return _view(request)


async def _count_in_minute(
    tx: Transaction, core: Core, what: str, caller_id: str, limit: int
) -> None:
    now = core.clock()
    minute = now.replace(second=0, microsecond=0)
    if not await count_use(tx, what, caller_id, minute, minute + MINUTE, limit):
        raise LimitedError(
            f"{limit} such requests a minute are allowed",
            retry_after_seconds=_seconds_until(minute + MINUTE - now),
            limit=limit,
        )


def _seconds_until(wait: timedelta) -> int:
    """Round up: whoever waits this long is not too early."""
    return -(-wait // timedelta(seconds=1))


def _limits(row: AdminSetting | None, core: Core) -> RateLimits:
    if row is not None:
        return RateLimits.model_validate(row.value)
    settings = core.settings
    return RateLimits(
        read_rpm=settings.read_rpm,
        mutate_rpm=settings.mutate_rpm,
        daily_quota_build_register=settings.daily_quota_build_register,
    )


def _view(limits: RateLimits) -> RateLimitsView:
    return RateLimitsView(**limits.model_dump())

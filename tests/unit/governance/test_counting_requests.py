"""Limits count what is committed, per caller and window, on each database."""

import asyncio
from datetime import timedelta

import pytest

from deltaci.core import Core
from deltaci.errors import LimitedError, QuotaExceededError
from deltaci.governance.limits import (
    count_change,
    count_read,
    count_registration,
    forget_old_counters,
)
from deltaci.store.tables import UsageCounter
from deltaci.testing.factories import Factory

AT_ONCE = 40


async def register(core: Core, caller: str = "ci") -> None:
    async with core.database.write() as tx:
        await count_registration(tx, core, caller)


async def admitted(*calls: object) -> int:
    """How many of these calls, made at once, were not limited; nothing else may go wrong."""
    results = await asyncio.gather(*calls, return_exceptions=True)  # type: ignore[call-overload] # coroutines
    assert {type(each) for each in results} <= {type(None), LimitedError, QuotaExceededError}
    return sum(result is None for result in results)


async def test_no_two_pass_at_the_limit(factory: Factory) -> None:
    core = factory.under(read_rpm=7, mutate_rpm=5, daily_quota_build_register=3).core

    assert await admitted(*(count_read(core, "ci") for _ in range(AT_ONCE))) == 7
    assert await admitted(*(register(core) for _ in range(AT_ONCE))) == 3
    assert await admitted(*(count_change(core, "ci") for _ in range(AT_ONCE))) == 2


async def test_whoever_is_refused_or_fails_has_used_nothing(factory: Factory) -> None:
    core = factory.under(mutate_rpm=2).core

    async def fail() -> None:
        async with core.database.write() as tx:
            await count_registration(tx, core, "ci")
            raise LookupError

    for _ in range(5):
        with pytest.raises(LookupError):
            await fail()

    assert await factory.rows.all(UsageCounter) == []


async def test_callers_do_not_share_their_limits(factory: Factory) -> None:
    core = factory.under(daily_quota_build_register=1).core

    await register(core, "one")
    await register(core, "two")

    with pytest.raises(QuotaExceededError):
        await register(core, "one")


async def test_a_minute_ends_when_it_was_said(factory: Factory) -> None:
    core = factory.under(mutate_rpm=1).core
    await register(core)

    with pytest.raises(LimitedError) as limited:
        await register(core)
    wait = limited.value.retry_after_seconds
    assert 1 <= wait <= 60
    factory.clock.advance(wait)

    await register(core)


async def test_a_day_ends_at_midnight_utc(factory: Factory) -> None:
    core = factory.under(daily_quota_build_register=1).core
    await register(core)
    factory.clock.advance(60)

    with pytest.raises(QuotaExceededError) as exceeded:
        await register(core)
    wait = exceeded.value.retry_after_seconds
    then = core.clock() + timedelta(seconds=wait)
    assert (then.hour, then.minute, then.second) == (0, 0, 0)
    factory.clock.advance(wait)

    await register(core)


async def test_a_quota_of_nothing_refuses_the_first(factory: Factory) -> None:
    with pytest.raises(QuotaExceededError):
        await register(factory.under(daily_quota_build_register=0).core)


async def test_counters_of_windows_that_are_over_are_dropped(factory: Factory) -> None:
    core = factory.core
    await count_read(core, "ci")
    await register(core)
    factory.clock.advance(61)

    assert await forget_old_counters(core) == 2
    (kept,) = await factory.rows.all(UsageCounter)
    assert kept.what == "build_register"

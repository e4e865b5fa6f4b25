import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from temporalio.testing import ActivityEnvironment

from activities.signs_of_life import signs_of_life

TIMEOUT = timedelta(seconds=0.02)


def environment_with(timeout: timedelta | None) -> tuple[ActivityEnvironment, list[Any]]:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, heartbeat_timeout=timeout)
    beats: list[Any] = []
    environment.on_heartbeat = lambda *details: beats.append(details)
    return environment, beats


async def test_one_long_call_gives_signs_of_life_until_it_ends() -> None:
    environment, beats = environment_with(TIMEOUT)

    async def wait_for_some() -> None:
        async with signs_of_life():
            while len(beats) < 3:
                await asyncio.sleep(0)

    await asyncio.wait_for(environment.run(wait_for_some), 5)
    seen = len(beats)
    await asyncio.sleep(TIMEOUT.total_seconds())
    assert len(beats) == seen


async def test_nobody_hears_them_without_a_timeout() -> None:
    environment, beats = environment_with(None)

    async def call() -> None:
        async with signs_of_life():
            await asyncio.sleep(0)

    await environment.run(call)
    assert beats == []

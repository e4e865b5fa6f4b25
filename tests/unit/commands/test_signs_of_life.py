import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from temporalio.testing import ActivityEnvironment

from activities.signs_of_life import signs_of_life

TIMEOUT = timedelta(seconds=0.02)
SOME = 3


def environment_with(timeout: timedelta | None) -> tuple[ActivityEnvironment, list[Any]]:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, heartbeat_timeout=timeout)
    beats: list[Any] = []
    environment.on_heartbeat = lambda *details: beats.append(details)
    return environment, beats


async def test_one_long_call_gives_signs_of_life_until_it_ends() -> None:
    environment, beats = environment_with(TIMEOUT)
    enough = asyncio.Event()

    def hear(*details: Any) -> None:
        beats.append(details)
        if len(beats) == SOME:
            enough.set()

    environment.on_heartbeat = hear

    async def call_at_length() -> None:
        async with signs_of_life():
            await enough.wait()

    before = asyncio.all_tasks()
    await asyncio.wait_for(environment.run(call_at_length), 5)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() <= before


async def test_nobody_hears_them_without_a_timeout() -> None:
    environment, beats = environment_with(None)

    async def call() -> None:
        async with signs_of_life():
            await asyncio.sleep(0)

    await environment.run(call)
    assert beats == []

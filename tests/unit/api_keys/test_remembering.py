"""How long a key counts that was taken away."""

from typing import Any

import pytest

from deltaci.api_keys import recognize
from deltaci.api_keys.create import create_api_key
from deltaci.api_keys.recognize import KeyRing
from deltaci.api_keys.revoke import revoke_api_key
from deltaci.core import Core
from deltaci.errors import UnauthorizedError
from deltaci.store.api_keys import find_api_key
from deltaci.testing.settable_clock import SettableClock
from deltaci.wire.api_keys import CreateApiKey, NewApiKey


@pytest.fixture
async def key(core: Core) -> NewApiKey:
    return await create_api_key(core, "root", CreateApiKey(name="tool"))


async def test_a_revoked_key_is_refused_here_at_once_and_elsewhere_within_the_named_seconds(
    core: Core, clock: SettableClock, key: NewApiKey
) -> None:
    here, elsewhere = KeyRing(core), KeyRing(core)
    for ring in (here, elsewhere):
        await ring.recognize(key.key)
    await revoke_api_key(core, here, "root", key.id)

    with pytest.raises(UnauthorizedError):
        await here.recognize(key.key)
    assert (await elsewhere.recognize(key.key)).subject == key.id
    clock.advance(core.settings.tracking.api_key_cache_seconds)
    with pytest.raises(UnauthorizedError):
        await elsewhere.recognize(key.key)


async def test_a_key_that_is_revoked_while_it_is_looked_up_is_not_remembered(
    core: Core, key: NewApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = KeyRing(core)

    async def find_and_lose(*arguments: Any) -> Any:
        row = await find_api_key(*arguments)
        if row is not None:
            await revoke_api_key(core, ring, "root", key.id)
        return row

    monkeypatch.setattr(recognize, "find_api_key", find_and_lose)
    await ring.recognize(key.key)

    with pytest.raises(UnauthorizedError):
        await ring.recognize(key.key)

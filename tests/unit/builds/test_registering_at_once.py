"""API replicas do not see each other, and still each version is registered once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from deltaci.builds.claim import Claim
from deltaci.builds.inspect import Findings, unseen
from deltaci.builds.record import Call
from deltaci.builds.register import register_build
from deltaci.builds.services import add_service
from deltaci.core import Core
from deltaci.errors import CiOnlyError, MutationsDisabledError
from deltaci.governance.change import Author
from deltaci.governance.limits import replace_limits
from deltaci.governance.mutations import switch_mutations
from deltaci.governance.replace_publishers import replace_publishers
from deltaci.identity.principal import OUR_ISSUER, Principal
from deltaci.identity.roles import Role
from deltaci.store.database import Database
from deltaci.store.idempotency import Keyed
from deltaci.store.tables import AuditEvent, Registration, UsageCounter
from deltaci.testing.row_reader import RowReader
from deltaci.wire.builds import AddService, RegisterBuild
from deltaci.wire.governance import (
    CiPublisher,
    RateLimits,
    ReplaceCiPublishers,
    SwitchMutations,
)

REPLICAS, EACH = 4, 25
CI = Principal("ci-main", OUR_ISSUER, frozenset({Role.CI_PUBLISHER}))
BUILD = RegisterBuild(
    service="shop",
    version="1.2.3",
    artifactRef="s3://artifacts/shop.zip",
    git_sha="abc",
    git_branch="main",
    ci_provider="github",
    ci_run_id="1",
    built_at="2026-02-27T00:00:00Z",
)


ROOT = Author(Principal("root", OUR_ISSUER, frozenset({Role.ADMIN})), "")


async def prepare(core: Core) -> None:
    publisher = CiPublisher(name="ci", issuers=[OUR_ISSUER], subjects=["ci-main"])
    await replace_publishers(core, ROOT, ReplaceCiPublishers(publishers=[publisher]), "listed")
    limits = RateLimits(read_rpm=1000, mutate_rpm=1000, daily_quota_build_register=1000)
    await replace_limits(core, ROOT, limits)
    await add_service(core, "root", AddService(service_name="shop"))


async def replica(core: Core, keys: list[str]) -> list[tuple[bool, bool]]:
    """Register the same build under each key, in a process' place: its own connections and loop."""
    database = Database(core.database.url.render_as_string(hide_password=False))
    own = replace(core, database=database)
    done = await asyncio.gather(*(register_build(own, None, Call(CI, key), BUILD) for key in keys))
    await database.close()
    return [(each.is_new, each.replayed) for each in done]


def register_everywhere(core: Core, keys: list[list[str]]) -> Counter[tuple[bool, bool]]:
    with ThreadPoolExecutor(REPLICAS) as pool:
        answers = pool.map(lambda own: asyncio.run(replica(core, own)), keys)
        return Counter(answer for some in answers for answer in some)


async def test_one_key_everywhere_is_one_build_and_one_use(core: Core, rows: RowReader) -> None:
    await prepare(core)

    seen = await asyncio.to_thread(register_everywhere, core, [["same"] * EACH] * REPLICAS)

    assert seen == {(True, False): 1, (True, True): REPLICAS * EACH - 1}
    await rows.one(Registration)
    await rows.one(AuditEvent, AuditEvent.action == "build.registered")
    used = await rows.one(UsageCounter, UsageCounter.what == "build_register")
    assert used.count == 1


async def test_a_repeated_call_is_one_transaction_that_only_reads(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    await prepare(core)
    await register_build(core, None, Call(CI, "same"), BUILD)
    begun: list[str] = []
    for kind in ("read", "write"):
        begin = getattr(core.database, kind)
        counted = partial(_counted, begun, kind, begin)
        monkeypatch.setattr(core.database, kind, counted)

    again = await register_build(core, None, Call(CI, "same"), BUILD)

    assert again.replayed
    assert begun == ["read"]


def _counted(begun: list[str], kind: str, begin: Callable[[], Any]) -> Any:
    begun.append(kind)
    return begin()


async def test_many_keys_everywhere_are_one_build(core: Core, rows: RowReader) -> None:
    await prepare(core)
    keys = [[f"{number}-{each}" for each in range(EACH)] for number in range(REPLICAS)]

    seen = await asyncio.to_thread(register_everywhere, core, keys)

    assert seen == {(True, False): 1, (False, False): REPLICAS * EACH - 1}
    await rows.one(Registration)


class InterruptedInspector:
    """Finds what was claimed, while an admin does something."""

    def __init__(self, meanwhile: Awaitable[object]) -> None:
        self._meanwhile = meanwhile

    async def inspect(self, claim: Claim, _keyed: Keyed) -> Findings:
        await self._meanwhile
        return replace(unseen(claim), verification="verified")


async def test_who_is_taken_off_the_list_while_we_look_registers_nothing(
    core: Core, rows: RowReader
) -> None:
    await prepare(core)
    nobody = replace_publishers(core, ROOT, ReplaceCiPublishers(publishers=[]), "nobody")
    inspector: Any = InterruptedInspector(nobody)

    with pytest.raises(CiOnlyError):
        await register_build(core, inspector, Call(CI, "late"), BUILD)

    assert await rows.all(Registration) == []


async def test_what_is_switched_off_while_we_look_is_off(core: Core, rows: RowReader) -> None:
    await prepare(core)
    off = switch_mutations(core, ROOT, SwitchMutations(mutations_disabled=True))
    inspector: Any = InterruptedInspector(off)

    with pytest.raises(MutationsDisabledError):
        await register_build(core, inspector, Call(CI, "late"), BUILD)

    assert await rows.all(Registration) == []

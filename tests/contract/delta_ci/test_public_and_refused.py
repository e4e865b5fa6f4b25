"""What anybody may call, or call in vain, costs the database next to nothing."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from api import metrics
from api.refusals import ROWS_PER_WINDOW
from api.state import ApiState
from deltaci.identity.roles import Role
from deltaci.store.census import take_census
from deltaci.store.tables import AuditEvent
from deltaci.testing.api_calls import ServedApi

FURTHER = 5


async def audit_of(api: ServedApi, actor: str) -> list[AuditEvent]:
    async with api.core.database.read() as tx:
        statement = select(AuditEvent).where(AuditEvent.actor == actor).order_by(AuditEvent.id)
        return list((await tx.scalars(statement)).all())


async def test_one_caller_counts_for_all_who_ask_for_metrics(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[object] = []

    async def counting(tx: Any) -> Any:
        counted.append(tx)
        return await take_census(tx)

    monkeypatch.setattr(metrics, "take_census", counting)
    page = metrics.MetricsPage(api.core)
    pages = await asyncio.gather(*(page.read() for _ in range(10)))
    assert (len(set(pages)), len(counted)) == (1, 1)

    monkeypatch.setattr(metrics, "KEPT_SECONDS", 0.0)
    fresh = metrics.MetricsPage(api.core)
    await fresh.read()
    await fresh.read()
    assert len(counted) == 3


async def test_many_refusals_are_summed_up(api: ServedApi) -> None:
    hostile = api.caller(Role.OBSERVER, subject="hostile")
    parts: ApiState = api.app.state.parts  # type: ignore[attr-defined]

    async def knock(times: int) -> None:
        for _ in range(times):
            assert (await hostile.delete("/api/v1/tokens")).status_code == 405
            assert (await hostile.post("/api/v1/tokens", json={})).status_code == 403

    await knock(ROWS_PER_WINDOW + FURTHER)
    assert len(await audit_of(api, "hostile")) == ROWS_PER_WINDOW

    await parts.refusals.close_window()
    summary = (await audit_of(api, "hostile"))[-1]
    assert (summary.action, summary.subject_id) == ("access.denied_often", "hostile")
    assert summary.details == {"further": FURTHER}

    await knock(1)
    await parts.refusals.close_window()
    assert len(await audit_of(api, "hostile")) == ROWS_PER_WINDOW + 2

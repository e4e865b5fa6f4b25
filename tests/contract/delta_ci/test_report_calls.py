"""What forges were told can be looked at, and be told again."""

from typing import Any

from dirty_equals import IsPartialDict, IsStr

from deltaci.identity.roles import Role
from deltaci.store.outbox import EffectKind
from deltaci.store.tables import AuditEvent, Effect
from deltaci.testing.api_calls import ServedApi
from deltaci.testing.forge_webhook import ForgeWebhook, pushed
from deltaci.testing.row_reader import RowReader

REPORTS = "/api/v1/reports"


async def reported(api: ServedApi, webhook: ForgeWebhook) -> str:
    """Create a run that its forge is to hear of; a token of the repository's own lets it."""
    repositories = "/api/v1/repositories"
    admin = api.caller(Role.ADMIN)
    known = (await admin.get(f"{repositories}/{webhook.full_name}")).json()
    body = {name: known[name] for name in ("repo_id", "url", "provider", "full_name")}
    (await admin.post(repositories, json=body | {"token": "a-forge-token"})).raise_for_status()
    return str((await webhook.deliver(pushed())).json()["run_id"])


async def promises(api: ServedApi, run_id: str) -> list[str]:
    effects = await RowReader(api.core).all(Effect)
    return [each.kind for each in effects if each.payload == {"run_id": run_id}]


async def test_reports_are_listed_newest_first_by_state_and_page(
    api_on_each_database: ServedApi, link: Any
) -> None:
    api = api_on_each_database
    run_ids = [await reported(api, await link(api)) for _ in range(3)]
    reader = api.caller(Role.OBSERVER)

    first = (await reader.get(REPORTS, params={"state": "PENDING", "limit": "2"})).json()
    query = {"state": "PENDING", "limit": "1", "cursor": first["next_cursor"]}
    second = (await reader.get(REPORTS, params=query)).json()
    failed = (await reader.get(REPORTS, params={"state": "FAILED"})).json()

    shown = {"provider": "github", "state": "PENDING", "updated_at": IsStr(regex=".+Z")}
    expected = [{"run_id": run_id, **shown} for run_id in reversed(run_ids)]
    assert first["reports"] + second["reports"] == expected
    assert not {each["run_id"] for each in failed["reports"]} & set(run_ids)


async def test_a_report_is_sent_again(api_on_each_database: ServedApi, link: Any) -> None:
    api = api_on_each_database
    run_id = await reported(api, await link(api))

    answer = await api.caller(Role.ADMIN, subject="root").post(f"/api/v1/runs/{run_id}/report")

    assert (answer.status_code, answer.json()) == (
        200,
        IsPartialDict(run_id=run_id, provider="github", state="PENDING"),
    )
    assert sorted(await promises(api, run_id)) == ["report_run", "report_run", "start_run"]
    audited = await RowReader(api.core).all(AuditEvent, AuditEvent.subject_id == run_id)
    assert [(each.actor, each.action) for each in audited][-1] == ("root", "report.resent")


async def test_a_run_that_no_forge_hears_of_has_no_report(api: ServedApi, link: Any) -> None:
    run_id = (await (await link(api)).deliver(pushed())).json()["run_id"]

    for unreported in (run_id, "run_0"):
        answer = await api.caller(Role.ADMIN).post(f"/api/v1/runs/{unreported}/report")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert await promises(api, run_id) == [EffectKind.START_RUN]


async def test_an_unknown_state_of_reports_is_invalid(api: ServedApi) -> None:
    answer = await api.caller(Role.OBSERVER).get(REPORTS, params={"state": "LOST"})

    assert answer.status_code == 400


async def test_a_runs_report_is_read_by_its_run(api_on_each_database: ServedApi, link: Any) -> None:
    api = api_on_each_database
    reader = api.caller(Role.OBSERVER)
    run_id = await reported(api, await link(api))

    told = (await reader.get(f"/api/v1/runs/{run_id}/report")).json()
    assert told == IsPartialDict(run_id=run_id, state="PENDING")
    assert (await reader.get("/api/v1/runs/run_unknown/report")).status_code == 404

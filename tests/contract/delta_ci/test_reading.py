"""Lists by cursor, logs by range, artifacts by id, health."""

import hashlib
from typing import Any

import httpx2
import pytest
from dirty_equals import IsPartialDict

from deltaci.identity.roles import Role
from deltaci.testing.api_calls import ServedApi
from deltaci.testing.hand_driven import HandDrivenRun
from deltaci.wire.runner import LEASE_HEADER

LOG = "first line\nsecond row\n"


async def walk(client: httpx2.AsyncClient, path: str, key: str, **query: Any) -> list[list[Any]]:
    pages, cursor = [], ""
    while True:
        page = (await client.get(path, params={**query, "cursor": cursor})).json()
        pages.append(page[key])
        cursor = page.get("next_cursor") or ""
        if not cursor:
            return pages


async def test_runs_are_listed_newest_first_page_by_page(
    api_on_each_database: ServedApi, register: Any, start_run: Any
) -> None:
    api = api_on_each_database
    repository = await register(api)
    created = [(await start_run(api, repository)).run_id for _ in range(5)]
    observer = api.caller(Role.OBSERVER)

    pages = await walk(observer, "/api/v1/runs", "runs", repo=repository.repo_id, limit=2)

    assert [len(page) for page in pages] == [2, 2, 1]
    assert [run["id"] for page in pages for run in page] == created[::-1]


async def test_a_run_that_arrives_meanwhile_moves_no_page(
    api: ServedApi, register: Any, start_run: Any
) -> None:
    repository = await register(api)
    created = [(await start_run(api, repository)).run_id for _ in range(4)]
    observer, query = api.caller(Role.OBSERVER), {"repo": repository.repo_id, "limit": 2}
    first = (await observer.get("/api/v1/runs", params=query)).json()

    await start_run(api, repository)

    query["cursor"] = first["next_cursor"]
    second = (await observer.get("/api/v1/runs", params=query)).json()
    assert [run["id"] for run in first["runs"] + second["runs"]] == created[::-1]


async def test_runs_are_found_by_ref_and_state(
    api: ServedApi, register: Any, start_run: Any
) -> None:
    repository = await register(api)
    failed = await start_run(api, repository)
    await failed.plan()
    await failed.settle()
    await start_run(api, repository, ref="main")
    observer = api.caller(Role.OBSERVER)

    async def found(**query: str) -> list[str]:
        page = await observer.get("/api/v1/runs", params={"repo": repository.repo_id, **query})
        return [run["id"] for run in page.json()["runs"]]

    assert await found(state="FAILED") == [failed.run_id]
    assert await found(ref="refs/heads/main") == [failed.run_id]
    assert await found(ref="main", state="FAILED") == []


async def test_upstreams_spelling_of_a_green_run_is_accepted(
    api: ServedApi, start_run: Any, runner: Any
) -> None:
    run, hands = await start_run(api), runner(api)
    await run.plan()
    for name in ("build", "test", "lint"):
        await run.offer(name)
        await hands.start()
        await hands.finish()
    await run.settle()

    listed = await api.caller(Role.OBSERVER).get("/api/v1/runs", params={"state": "SUCCESS"})

    assert {run["state"] for run in listed.json()["runs"]} == {"SUCCEEDED"}


@pytest.mark.parametrize("query", ["state=NOPE", "limit=0", "limit=201", "cursor=!", "cursor=W10"])
async def test_a_query_that_makes_no_sense_is_invalid(api: ServedApi, query: str) -> None:
    answer = await api.caller(Role.OBSERVER).get(f"/api/v1/runs?{query}")

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "INVALID_REQUEST"


async def test_repositories_are_listed_by_name_page_by_page(api: ServedApi, register: Any) -> None:
    names = {(await register(api)).repo_id for _ in range(3)}

    pages = await walk(api.caller(Role.OBSERVER), "/api/v1/repositories", "repositories", limit=2)

    listed = [repository["repo_id"] for page in pages for repository in page]
    assert listed == sorted(listed)
    assert names <= set(listed)


async def test_registering_again_is_fine_and_elsewhere_is_not(
    api: ServedApi, register: Any
) -> None:
    repository = await register(api)
    owner = api.caller(Role.DELIVERY_OWNER)
    request = {"repo_id": repository.repo_id, "url": str(repository.git.path)}

    same = await owner.post("/api/v1/repositories", json=request)
    moved = await owner.post("/api/v1/repositories", json=request | {"url": "/elsewhere"})

    assert same.status_code == 200
    assert (moved.status_code, moved.json()["error"]["code"]) == (409, "INVALID_STATE")


async def test_a_credential_in_an_address_is_refused_and_not_repeated(api: ServedApi) -> None:
    url = "https://bot:hunter2@git.example.test/shop.git"
    owner = api.caller(Role.DELIVERY_OWNER)

    answer = await owner.post("/api/v1/repositories", json={"repo_id": "hid", "url": url})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_REQUEST")
    assert "hunter2" not in answer.text


@pytest.fixture
async def logged(api: ServedApi, start_run: Any, runner: Any) -> str:
    """The address of a log."""
    run: HandDrivenRun = await start_run(api)
    hands = runner(api)
    await run.plan()
    await run.offer("build")
    await hands.start()
    await hands.append_log(LOG)
    return f"/api/v1/runs/{run.run_id}/jobs/build/logs"


async def test_a_log_is_plain_text(api: ServedApi, logged: str) -> None:
    answer = await api.caller(Role.OBSERVER).get(logged)

    assert (answer.status_code, answer.text) == (200, LOG)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("bytes=0-4", LOG[:5]),
        ("bytes=11-", LOG[11:]),
        ("bytes=-5", LOG[-5:]),
        ("bytes=6-9999", LOG[6:]),
        ("bytes=-9999", LOG),
    ],
)
async def test_a_range_of_a_log(api: ServedApi, logged: str, wanted: str, text: str) -> None:
    answer = await api.caller(Role.OBSERVER).get(logged, headers={"Range": wanted})

    assert (answer.status_code, answer.text) == (206, text)
    start = LOG.index(text)
    assert answer.headers["content-range"] == f"bytes {start}-{start + len(text) - 1}/{len(LOG)}"


@pytest.mark.parametrize("wanted", [f"bytes={len(LOG)}-", "bytes=9999-", "bytes=-0"])
async def test_a_range_outside_of_the_log_cannot_be_had(
    api: ServedApi, logged: str, wanted: str
) -> None:
    answer = await api.caller(Role.OBSERVER).get(logged, headers={"Range": wanted})

    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(LOG)}"
    assert answer.json()["error"]["code"] == "INVALID_REQUEST"


@pytest.mark.parametrize(
    "wanted",
    ["bytes=5-2", "bytes=a-b", "lines=0-1", "bytes=0-1,3-4", "bytes=\xb2-", "bytes=" + "9" * 5000],
)
async def test_a_range_that_makes_no_sense_is_ignored(
    api: ServedApi, logged: str, wanted: str
) -> None:
    answer = await api.caller(Role.OBSERVER).get(
        logged, headers={b"Range": wanted.encode("latin-1")}
    )

    assert (answer.status_code, answer.text) == (200, LOG)


@pytest.mark.parametrize("query", ["?attempt=2", "?attempt=0"])
async def test_a_log_that_does_not_exist(api: ServedApi, logged: str, query: str) -> None:
    answer = await api.caller(Role.OBSERVER).get(logged + query)

    assert answer.status_code == (404 if query.endswith("2") else 400)


async def test_an_artifact_is_downloaded_and_never_shown(
    api: ServedApi, start_run: Any, runner: Any
) -> None:
    run, hands, data = await start_run(api), runner(api), b"<script>alert(1)</script>"
    await run.plan()
    await run.offer("build")
    await hands.start()
    stored = await hands.client.put(
        "/api/v1/internal/artifacts",
        params={"type": "report", "name": "index.html", "offset": 0, "total": len(data)},
        content=data,
        headers={
            LEASE_HEADER: hands.grant["lease_id"],
            "Delta-SHA256": hashlib.sha256(data).hexdigest(),
            "Content-Type": "application/octet-stream",
        },
    )

    answer = await api.caller(Role.OBSERVER).get(stored.json()["artifact"]["uri"])

    assert (answer.status_code, answer.content) == (200, data)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_ready_means_that_the_database_answers(api: ServedApi) -> None:
    answer = await api.caller().get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"database": True, "temporal": False})
    assert (await api.caller().get("/healthz")).json() == IsPartialDict(status="ok")


async def test_metrics_are_prometheus_text(api: ServedApi) -> None:
    answer = await api.caller().get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain")
    assert "delta_queue_depth" in answer.text

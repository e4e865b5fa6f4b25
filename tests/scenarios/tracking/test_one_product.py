"""`delta-ci track` as processes, and the real API on a port: the two halves are one product."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.app import build_app
from deltaci.identity.roles import Role
from deltaci.settings import Settings
from deltaci.store.migrate import upgrade
from deltaci.testing.api_calls import serving
from deltaci.testing.ci_environments import CASES, SHA
from deltaci.testing.commands import Ran, run_command
from deltaci.testing.http_stub import Answer, HttpStub, Request
from deltaci.testing.listening import listening
from deltaci.testing.tracker import Tracker

STARTED = ("deployment", "--environment", "production", "--status", "started")
RECORD_NAMES = {"product": "product_name", "link": "build_url", "person": "built_by"}
RECORD_NAMES |= {"person_email": "built_by_email", "person_name": "built_by_name"}


@dataclass(frozen=True)
class Product:
    """A served API, and processes that report to it from a folder of their own."""

    url: str
    tracker: Tracker
    folder: Path

    @property
    def connected(self) -> dict[str, str]:
        """The instance's own pair of variables, with the tool's API key as token."""
        key = self.tracker.tool.headers["Authorization"].removeprefix("Bearer ")
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "DELTA_CI_URL": self.url,
            "DELTA_CI_TOKEN": key,
            "DELTA_CI_TRACK_RETRY_PAUSES_SECONDS": "0,0,0",
        }

    async def track(self, *arguments: str, **environment: str) -> Ran:
        """Run `delta-ci track`."""
        return await self.run("track", *arguments, **environment)

    async def run(self, *arguments: str, **environment: str) -> Ran:
        """Run `delta-ci`."""
        env = self.connected | environment
        return await run_command(*arguments, folder=self.folder, environment=env)

    async def recorded(self, noun: str, **wanted: str) -> list[dict[str, Any]]:
        """Read builds or deployments, newest first."""
        answer = await self.tracker.admin.get(f"/{noun}/", params=wanted)
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


@pytest.fixture
async def product(tmp_path: Path) -> AsyncIterator[Product]:
    """Everything, on an empty database; Temporal is absent."""
    folder, data = tmp_path / "work", tmp_path / "data"
    folder.mkdir()
    data.mkdir()
    settings = Settings(data_dir=data, temporal_address="127.0.0.1:1")
    await asyncio.to_thread(upgrade, settings.resolved_database_url)
    app = build_app(settings)
    async with serving(app) as served, listening(app) as url:
        yield Product(url, await Tracker(served).open(), folder)


def expected(meaning: Mapping[str, str]) -> dict[str, str]:
    """Return which fields of a build's record a CI's variables decide."""
    return {
        RECORD_NAMES.get(name, name): value
        for name, value in meaning.items()
        if not name.startswith("vi_")
    }


async def test_what_every_ci_tells_is_stored_under_its_names(product: Product) -> None:
    for system, (environment, meaning) in CASES.items():
        ran = await product.track("build", **environment)
        newest = (await product.recorded("builds"))[0]

        assert (ran.code, ran.err) == (0, ""), system
        assert newest["id"] in ran.out
        assert (newest["source_system"], newest["status"]) == (system, "completed")
        assert expected(meaning).items() <= newest.items(), system
        for name in meaning.keys() - expected(meaning).keys() - RECORD_NAMES.keys():
            assert newest["extra_metadata"][name] == meaning[name]
        assert "secret" not in json.dumps(newest)
    products = (await product.tracker.admin.get("/products/")).json()["items"]
    assert {each["name"] for each in products} == {meant["product"] for _, meant in CASES.values()}


async def test_an_event_whose_answer_was_lost_is_one_record(product: Product) -> None:
    passed_on = 0

    async def lose_the_first(request: Request) -> Answer | None:
        nonlocal passed_on
        passed_on += 1
        kept = ("authorization", "idempotency-key", "content-type")
        headers = {name: request.headers[name] for name in kept}
        async with httpx2.AsyncClient() as client:
            answer = await client.post(
                product.url + request.path, content=request.body, headers=headers
            )
        return None if passed_on == 1 else Answer(answer.status_code, answer.content)

    between = HttpStub(lose_the_first)
    await between.start()
    ran = await product.track(*STARTED, **CASES["github"][0], DELTA_CI_URL=_at(between))
    await between.stop()
    (stored,) = await product.recorded("deployments")

    assert (ran.code, passed_on) == (0, 2)
    assert stored["id"] in ran.out


async def test_what_could_not_be_sent_is_flushed_once_the_server_is_back(product: Product) -> None:
    away = {"DELTA_CI_URL": "http://127.0.0.1:9", "VERSIONER_SPOOL": str(product.folder / "spool")}
    lost = await product.track("build", **CASES["gitlab"][0], **away)
    back = {"VERSIONER_SPOOL": away["VERSIONER_SPOOL"]}
    flushed = await product.track("flush", **back)
    again = await product.track("flush", **back)
    (build,) = await product.recorded("builds")

    assert lost.code == 1
    assert (flushed.code, flushed.out) == (0, "1 sent, 0 left, 0 set aside\n")
    assert again.out == "0 sent, 0 left, 0 set aside\n"
    assert (build["source_system"], build["scm_sha"]) == ("gitlab", SHA)


async def test_a_refusal_by_a_rule_is_exit_5_with_guidance(product: Product) -> None:
    rule = {"name": "one at a time", "type": "concurrency", "config": {"limit": 1}}
    made = await product.tracker.admin.post("/deployment-rules/", json=rule)
    assert made.status_code == 201, made.text
    environment = CASES["github"][0]
    first = await product.track(*STARTED, **environment)
    second = await product.track(*STARTED, "--invoke-id", "another", **environment)
    (running,) = await product.recorded("deployments")

    assert first.code == 0
    assert second.code == 5
    assert running["id"] in second.err
    assert "Code: DEPLOYMENT_IN_PROGRESS" in second.err


async def test_a_refused_key_is_exit_4_and_an_invalid_event_too(product: Product) -> None:
    environment = CASES["github"][0]
    unknown = await product.track("build", **environment, DELTA_CI_TOKEN="sk_acme_k1_unknown")
    invalid = await product.track("build", "--status", "dancing", **environment)

    assert (unknown.code, invalid.code) == (4, 4)
    assert "Invalid authentication credentials" in unknown.err
    assert "unknown status" in invalid.err
    assert await product.recorded("builds") == []


async def test_the_matrix_shows_what_was_tracked(product: Product) -> None:
    for version, environment in (("1.0.0", "production"), ("1.1.0", "staging")):
        told = ("--product", "api", "--version", version, "--environment", environment)
        assert (await product.track("deployment", *told)).code == 0
    observer = product.tracker.served.caller(Role.OBSERVER).headers["Authorization"]
    shown = await product.run("matrix", DELTA_CI_TOKEN=observer.removeprefix("Bearer "))
    head, row = (line.split() for line in shown.out.splitlines())

    assert head == ["staging", "production"]
    assert row == ["api", "1.1.0", "1.0.0", "drifted"]


def _at(stub: HttpStub) -> str:
    return f"http://127.0.0.1:{stub.port}"

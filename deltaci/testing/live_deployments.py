"""Deployments on a live stack: a shop of the test's own, asked for over HTTP."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2

from deltaci.bootstrap import build_core
from deltaci.core import Core
from deltaci.settings import Settings
from deltaci.testing.deployment_bench import DeploymentBench
from deltaci.testing.settable_clock import SettableClock
from deltaci.testing.stack import LiveStack
from deltaci.testing.waiting import until

END_SECONDS = 60.0
ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELED", "ROLLED_BACK"})

_numbers = itertools.count(1)


@dataclass
class LiveDeployments:
    """Describes a shop in the stack's database, and deploys it over the API."""

    stack: LiveStack
    http: httpx2.Client
    service: str = field(default_factory=lambda: f"shop-{next(_numbers)}")

    def open(self, *versions: str, recipe: dict[str, Any] | None = None, **guardrails: Any) -> None:
        """Describe the shop with a recipe of its own; columns of that are given by name."""
        self._in_database(lambda bench: self._describe(bench, versions, recipe or {}, guardrails))

    async def _describe(
        self,
        bench: DeploymentBench,
        versions: tuple[str, ...],
        recipe: dict[str, Any],
        guardrails: dict[str, Any],
    ) -> None:
        catalog, recipe_id = bench.catalog, f"recipe-{self.service}"
        await catalog.service(self.service)
        if secret := recipe.pop("secret", ""):
            recipe["sealed_secret"] = bench.core.seal.close(secret)
        await catalog.recipe(recipe_id, **recipe)
        await catalog.group(
            f"group-{self.service}",
            self.service,
            allowed_recipes=[recipe_id],
            guardrails=guardrails,
        )
        for environment in ("dev", "staging"):
            await catalog.environment(environment)
            await catalog.route(recipe_id, [self.service], environment)
        for version in versions:
            await bench.register(version, self.service)

    def post(self, path: str, body: Any = None, key: str = "") -> httpx2.Response:
        """Send a request about deployments."""
        headers = {"Idempotency-Key": key or f"key-{next(_numbers)}"}
        return self.http.post(f"/v1{path}", json=body, headers=headers)

    def deploy(self, version: str, environment: str = "dev", key: str = "", **more: Any) -> str:
        """Ask for a deployment; returns its id."""
        body = {
            "service": self.service,
            "environment": environment,
            "version": version,
            "changeSummary": "a change",
            **more,
        }
        answer = self.post("/deployments", body, key)
        if answer.status_code != httpx2.codes.CREATED:
            raise AssertionError(f"HTTP {answer.status_code}: {answer.text}")
        return str(answer.json()["id"])

    def read(self, deployment_id: str) -> dict[str, Any]:
        """One deployment as the API shows it."""
        answer = self.http.get(f"/v1/deployments/{deployment_id}")
        answer.raise_for_status()
        return dict(answer.json())

    def timeline(self, deployment_id: str) -> list[str]:
        """The keys of a deployment's timeline."""
        answer = self.http.get(f"/v1/deployments/{deployment_id}/timeline")
        answer.raise_for_status()
        return [each["key"] for each in answer.json()]

    def until_state(self, deployment_id: str, *states: str, seconds: float = END_SECONDS) -> str:
        """Wait until a deployment is in one of the states; returns which."""
        what = f"{deployment_id} is {' or '.join(states)}"
        until(lambda: self.read(deployment_id)["state"] in states, what, seconds=seconds)
        return str(self.read(deployment_id)["state"])

    def until_carried_out(self, deployment_id: str) -> str:
        """Wait until an engine has a deployment's work; returns what it calls that."""
        begun = f"the engine has begun {deployment_id}"
        return str(until(lambda: self.read(deployment_id)["engineExecutionId"], begun))

    def until_ended(self, deployment_id: str) -> str:
        """Wait until a deployment has ended; returns how."""
        return self.until_state(deployment_id, *ENDED)

    def _in_database(self, work: Callable[[DeploymentBench], Awaitable[None]]) -> None:
        async def with_core() -> None:
            settings = Settings(
                data_dir=self.stack.folder.root, database_url=self.stack.database_url
            )
            core: Core = build_core(settings)
            try:
                await work(DeploymentBench(core, SettableClock(core.clock())))
            finally:
                await core.database.close()

        asyncio.run(with_core())

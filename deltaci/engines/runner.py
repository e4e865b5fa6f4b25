"""The engine `runner`: a recipe's steps as one job on our own runners.

The steps are the recipe's, word for word, and learn from variables what they deploy. The recipe's
secret is a JSON object of more variables; only the job's runner is told them. A runner can be lost
in the middle of a job, which is then offered to another one: steps have to stand being run again.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from deltaci.clock import Clock
from deltaci.engines.checks import faults_of
from deltaci.engines.failures import categorise, failure
from deltaci.engines.port import (
    EngineOrder,
    EngineRefusedError,
    EngineState,
    Execution,
    FailureCategory,
    JobOffice,
    JobOrder,
    JobRefusedError,
    JobStanding,
    Progress,
)
from deltaci.wire.deployment_jobs import SecretVariables
from deltaci.wire.recipes import RunnerSettings

DEPLOY, VERIFY = "deploy", "verify"

_COMMAND = re.compile(r"'.*'", re.DOTALL)
"""The step in what its runner says of it: what a command is called is no word about its failure."""

_secrets = TypeAdapter(SecretVariables)


class RunnerEngine:
    """Implements `Engine` over a `JobOffice`."""

    engine_type = "runner"

    def __init__(self, jobs: JobOffice, clock: Clock) -> None:
        self._jobs = jobs
        self._clock = clock

    def check(self, spec: Mapping[str, Any]) -> list[str]:
        """See Engine."""
        try:
            RunnerSettings.model_validate(dict(spec))
        except ValidationError as error:
            return faults_of(error)
        return []

    async def start(self, order: EngineOrder) -> Execution:
        """See Engine."""
        settings = RunnerSettings.model_validate(dict(order.spec))
        secrets = self._secrets(order.secret)
        return await self._start(_job(order, settings, DEPLOY, settings.steps, secrets))

    async def verify(self, order: EngineOrder, command: Sequence[str]) -> Execution:
        """Have a recipe's verification command run, after the deployment and in the same way.

        `command` is one step for each of its lines. Recipes of other engines have no repository,
        labels or secrets for it. Poll and cancel it as any other execution.
        """
        try:
            settings = RunnerSettings.model_validate(dict(order.spec))
            secrets = self._secrets(order.secret)
        except ValidationError:  # the recipe of another engine
            settings, secrets = RunnerSettings(steps=list(command)), {}
        return await self._start(_job(order, settings, VERIFY, command, secrets))

    async def poll(self, order: EngineOrder, execution: Execution) -> Progress:
        """See Engine."""
        standing = await self._jobs.look(execution.id)
        if standing.state is not EngineState.FAILED:
            return Progress(standing.state, detail=standing.reason)
        category = _category(standing, rollback=order.kind == "ROLLBACK")
        said = failure(category, self._clock(), standing.reason, _known_values(order.secret))
        return Progress(EngineState.FAILED, said)

    async def cancel(self, order: EngineOrder, execution: Execution) -> None:  # noqa: ARG002 - the port's signature
        """See Engine."""
        await self._jobs.cancel(execution.id)

    async def _start(self, job: JobOrder) -> Execution:
        try:
            return Execution(await self._jobs.start_job(job))
        except JobRefusedError as error:
            raise self._misconfigured(str(error)) from error

    def _secrets(self, secret: str) -> Mapping[str, str]:
        """Read the recipe's secret, which is a JSON object of variables or nothing."""
        if not secret:
            return {}
        try:
            return _secrets.validate_json(secret)
        except ValidationError:
            said = "the recipe's secret must be a JSON object of names and texts"
        raise self._misconfigured(said)

    def _misconfigured(self, said: str) -> EngineRefusedError:
        return EngineRefusedError(failure(FailureCategory.CONFIG, self._clock(), said))


def _job(
    order: EngineOrder,
    settings: RunnerSettings,
    name: str,
    steps: Sequence[str],
    secrets: Mapping[str, str],
) -> JobOrder:
    return JobOrder(
        key=f"{order.key}/{name}",
        deployment_id=order.deployment_id,
        name=name,
        steps=tuple(steps),
        environment=order.environment,
        git_sha=order.git_sha,
        repo_id=settings.repo_id,
        labels=tuple(settings.labels),
        image=settings.image or "",
        variables=variables_of(order),
        secrets=secrets,
        timeout_seconds=order.timeout_seconds,
    )


def _known_values(secret: str) -> Collection[str]:
    try:
        return tuple(_secrets.validate_json(secret).values())
    except ValidationError:
        return (secret,) if secret else ()


def variables_of(order: EngineOrder) -> Mapping[str, str]:
    """Return what the steps of a job learn about the deployment."""
    return {
        "DELTA_CI_DEPLOYMENT_ID": order.deployment_id,
        "DELTA_CI_DEPLOYMENT_KIND": order.kind,
        "DELTA_CI_SERVICE": order.service,
        "DELTA_CI_VERSION": order.version,
        "DELTA_CI_ENVIRONMENT": order.environment,
        "DELTA_CI_ARTIFACT_REF": order.artifact_ref,
        "DELTA_CI_SHA256": order.sha256 or "",
        "DELTA_CI_GIT_SHA": order.git_sha,
        "DELTA_CI_PREVIOUS_VERSION": order.previous_version or "",
    }


def _category(standing: JobStanding, *, rollback: bool) -> FailureCategory:
    if standing.timed_out:
        return FailureCategory.TIMEOUT
    return categorise("", _COMMAND.sub("", standing.reason), rollback=rollback)

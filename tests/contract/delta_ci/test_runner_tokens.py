"""A runner's token limits what the runner can get, whatever the runner says of itself."""

from typing import Any

import pytest

from deltaci.identity.roles import Role
from deltaci.testing.api_calls import ServedApi
from deltaci.testing.protocol_calls import ProtocolRunner

GPU_JOB = "version: 1\njobs:\n  train:\n    steps: [make]\n    runs_on: [gpu]\n"


@pytest.fixture
async def gpu_job(api: ServedApi, register: Any, start_run: Any) -> str:
    """The repository of a job that waits for a runner with the label `gpu`."""
    repository = await register(api)
    repository.git.commit({"ci.ai.yaml": GPU_JOB})
    run = await start_run(api, repository)
    await run.plan()
    await run.offer("train")
    return str(repository.repo_id)


def runner(api: ServedApi, name: str, **limits: Any) -> ProtocolRunner:
    return ProtocolRunner(api.caller(Role.RUNNER, subject=name, **limits), name)


async def test_without_limits_every_label_counts(api: ServedApi, gpu_job: str) -> None:
    granted = await runner(api, "worker").lease("gpu")

    assert granted["checkout"]["repo_id"] == gpu_job


async def test_of_a_limited_token_only_its_labels_count(api: ServedApi, gpu_job: str) -> None:
    with pytest.raises(LookupError):
        await runner(api, "pretender", labels=["cpu"]).lease("gpu")
    with pytest.raises(LookupError):
        await runner(api, "unasked", labels=["gpu"]).lease()

    granted = await runner(api, "worker", labels=["gpu"]).lease("gpu", "prod")

    assert granted["checkout"]["repo_id"] == gpu_job


async def test_a_runner_of_other_repositories_gets_nothing(api: ServedApi, gpu_job: str) -> None:
    with pytest.raises(LookupError):
        await runner(api, "others", labels=["gpu"], repos=["acme/elsewhere"]).lease("gpu")

    await runner(api, "its-own", labels=["gpu"], repos=[gpu_job]).lease("gpu")


async def test_a_limited_token_is_issued(api: ServedApi, gpu_job: str) -> None:
    request = {"subject": "issued", "roles": ["runner"], "labels": ["gpu"], "repos": [gpu_job]}
    issued = await api.caller(Role.ADMIN).post("/api/v1/tokens", json=request)
    client = api.caller()
    client.headers["Authorization"] = f"Bearer {issued.json()['token']}"

    assert await ProtocolRunner(client, "issued").lease("gpu")


@pytest.mark.parametrize(
    "request_",
    [
        {"subject": "r", "roles": ["developer"], "labels": ["gpu"]},
        {"subject": "r", "roles": ["runner"], "labels": ["a,b"]},
        {"subject": "r", "roles": ["runner"], "repos": []},
        {"subject": "https://a.test|r", "roles": ["runner"]},
    ],
)
async def test_a_token_that_would_mean_nothing_is_invalid(
    api: ServedApi, request_: dict[str, Any]
) -> None:
    answer = await api.caller(Role.ADMIN).post("/api/v1/tokens", json=request_)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_REQUEST")

from pathlib import Path

import pytest

from deltaci.runner.config import RunnerConfig
from deltaci.runner.executors.docker import DockerExecutor
from deltaci.runner.executors.port import ExecutorError
from deltaci.runner.executors.process import ProcessExecutor
from deltaci.runner.executors.select import (
    Executors,
    NoExecutorError,
    UnknownExecutorError,
    find_executors,
)

PROCESS, DOCKER = ProcessExecutor(), DockerExecutor("docker", {})


def config(*executors: str) -> RunnerConfig:
    return RunnerConfig(
        url="http://localhost", token="tok", runner_id="r", work_dir=Path("w"), executors=executors
    )


def test_jobs_with_an_image_go_to_docker_and_only_those() -> None:
    executors = Executors([PROCESS, DOCKER])
    assert executors.pick("") is PROCESS
    assert executors.pick("python") is DOCKER


def test_what_a_runner_cannot_do_it_says() -> None:
    with pytest.raises(ExecutorError, match="cannot run container images"):
        Executors([PROCESS]).pick("python")
    with pytest.raises(ExecutorError, match="only runs jobs that name a container image"):
        Executors([DOCKER]).pick("")


def test_only_what_works_is_offered() -> None:
    assert "image" not in Executors([PROCESS]).capabilities(())
    offered = Executors([PROCESS, DOCKER]).capabilities(("gpu", "gpu"))
    assert offered[0] == "gpu"
    assert offered.count("gpu") == 1
    assert {"executor:process", "executor:docker", "image"} <= set(offered)


async def test_an_unknown_executor_is_an_error() -> None:
    with pytest.raises(UnknownExecutorError, match="unknown executor 'podmam'"):
        await find_executors(config("process", "podmam"))


async def test_a_runner_without_executors_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoExecutorError, match="docker"):
        await find_executors(config("docker"))


def test_the_token_is_not_shown() -> None:
    assert "tok" not in repr(config("process")).replace("token", "")

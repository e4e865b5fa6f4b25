from itertools import pairwise
from pathlib import Path

import pytest

from deltaci.runner.executors.docker import DockerSession, find_docker, run_arguments
from deltaci.runner.executors.port import ExecutorError, Sandbox
from deltaci.runner.leftovers import sweep_leftovers
from deltaci.runner.workspace import Workspace


def sandbox(root: Path, image: str = "python:3.12") -> Sandbox:
    workspace = Workspace(root)
    return Sandbox(
        name="delta-ci-x",
        image=image,
        workspace=workspace,
        workdir=workspace.checkout / "app",
        object_cache=root,
        environment={"CI": "true", "PATH": "/the/runners", "DOCKER_HOST": "tcp://evil"},
    )


def test_the_container_may_do_little(tmp_path: Path) -> None:
    arguments = run_arguments(sandbox(tmp_path), 1000, 1001)
    line = " ".join(arguments)
    assert arguments[0] == "run"
    assert "--user 1000:1001 --cap-drop ALL" in line
    assert "--security-opt no-new-privileges --pids-limit 4096" in line
    assert "--privileged" not in line
    assert "docker.sock" not in line


def test_only_the_jobs_folders_are_mounted(tmp_path: Path) -> None:
    arguments = run_arguments(sandbox(tmp_path), 1, 1)
    mounts = [after for flag, after in pairwise(arguments) if flag == "--mount"]
    assert mounts == [
        *(
            f"type=bind,source={tmp_path}/{name},target={tmp_path}/{name}"
            for name in ("workspace", "home", "tmp")
        ),
        f"type=bind,source={tmp_path},target={tmp_path},readonly",
    ]


def test_the_jobs_environment_is_inside_only(tmp_path: Path) -> None:
    job = sandbox(tmp_path)
    arguments = run_arguments(job, 1, 1)
    assert "CI=true" in arguments
    assert "DOCKER_HOST=tcp://evil" in arguments
    assert not any(argument.startswith("PATH=") for argument in arguments)
    launch = DockerSession("docker", job, {"PATH": "/bin"}).launch("make")
    assert launch.environment == {"PATH": "/bin"}
    assert list(launch.arguments) == [
        *("docker", "exec", "--workdir", str(job.workdir), "delta-ci-x"),
        *("/bin/sh", "-e", "-c", "make"),
    ]


def test_the_image_is_the_last_word_before_its_command(tmp_path: Path) -> None:
    arguments = run_arguments(sandbox(tmp_path), 1, 1)
    assert arguments[-3:-1] == ["python:3.12", "-c"]


def test_an_image_that_is_an_option_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExecutorError, match="not an image name"):
        run_arguments(sandbox(tmp_path, "--privileged"), 1, 1)


@pytest.mark.parametrize(("code", "found"), [(0, True), (1, False)])
async def test_docker_is_offered_when_an_engine_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, found: bool
) -> None:
    program = tmp_path / "docker"
    program.write_text(f'#!/bin/sh\ntest "$1" = info && exit {code}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (await find_docker() is not None) is found


async def test_docker_is_not_offered_when_it_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await find_docker() is None


def test_containers_of_a_killed_runner_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "docker"
    program.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/said\nexit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    jobs = tmp_path / "jobs"
    (jobs / "tmpabc" / "workspace").mkdir(parents=True)
    sweep_leftovers(jobs)
    sweep_leftovers(jobs)
    assert (tmp_path / "said").read_text() == "rm --force delta-ci-tmpabc\n"
    assert list(jobs.iterdir()) == []

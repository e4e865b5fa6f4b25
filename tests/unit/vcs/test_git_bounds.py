"""git commands are bounded, clean up after themselves and tell no secrets."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from deltaci.testing.hanging_git import HangingGit
from deltaci.testing.repositories import MakeRepository
from deltaci.vcs.git_environment import SETTINGS, hardened_environment
from deltaci.vcs.git_errors import GitError, GitOutputError, GitTimeoutError, clean_output
from deltaci.vcs.git_process import GitCommand
from deltaci.vcs.git_repository import Repository, run_git
from deltaci.vcs.git_tree import GitTree


@pytest.fixture
def slow_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HangingGit:
    git = HangingGit.create(tmp_path / "bin")
    monkeypatch.setenv("PATH", git.path)
    return git


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - another process is what changes
            await asyncio.sleep(0.01)


async def test_a_command_that_hangs_is_stopped_with_its_children(slow_git: HangingGit) -> None:
    with pytest.raises(GitTimeoutError, match=r"git fetch took longer than 0\.3 s"):
        await run_git(["fetch"], 0.3)

    await until(lambda: slow_git.is_gone)


async def test_cancelling_stops_the_command_with_its_children(slow_git: HangingGit) -> None:
    task = asyncio.create_task(run_git(["fetch"], 60))
    await until(lambda: slow_git.has_started)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    await until(lambda: slow_git.is_gone)


async def test_a_command_that_writes_too_much_is_stopped(git_repo: MakeRepository) -> None:
    repo = git_repo({"a": "x" * 10_000})

    with pytest.raises(GitOutputError, match="git cat-file wrote more than 1000 bytes"):
        await run_git(["-C", str(repo.path), "cat-file", "-p", "HEAD:a"], 10, max_bytes=1000)


def test_a_large_input_and_a_large_output_do_not_block_each_other(git_repo: MakeRepository) -> None:
    repo = git_repo({"a": "x" * 500})
    names = b"HEAD:a\n" * 20_000

    finished = GitCommand(["-C", str(repo.path), "cat-file", "--batch"], 60, stdin=names).run()

    assert len(finished.stdout) > 10_000_000


async def test_git_that_is_not_there_is_a_plain_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(GitError, match="git cannot be run: No such file or directory"):
        await run_git(["version"], 5)


def test_hostile_output_becomes_one_clean_line() -> None:
    text = "fatal: \x1b[31mhttps://user:s3cret@host/x\x00\n\u202eevil " + "y" * 1000

    cleaned = clean_output(text)

    assert "s3cret" not in cleaned
    assert "***@host/x" in cleaned
    assert cleaned.isprintable()
    assert len(cleaned) == 500


def test_the_environment_is_ours_alone() -> None:
    process = {
        "PATH": "/bin",
        "HOME": "/home/me",
        "GIT_DIR": "/elsewhere",
        "GIT_CONFIG_PARAMETERS": "'core.pager=evil'",
        "GIT_SSH_COMMAND": "evil",
        "LD_PRELOAD": "evil",
        "AWS_SECRET_ACCESS_KEY": "s3cret",
        "https_proxy": "http://proxy",
    }

    given = hardened_environment(process)

    assert given["HOME"] == "/nonexistent"
    assert given["GIT_TERMINAL_PROMPT"] == "0"
    assert given["GIT_SSH_COMMAND"] == "ssh -oBatchMode=yes"
    assert given["https_proxy"] == "http://proxy"
    assert not {"GIT_DIR", "GIT_CONFIG_PARAMETERS", "LD_PRELOAD", "AWS_SECRET_ACCESS_KEY"} & set(
        given
    )


@pytest.mark.parametrize(("name", "value"), SETTINGS.items())
async def test_a_repositorys_own_settings_never_win(
    git_repo: MakeRepository, name: str, value: str
) -> None:
    repo = git_repo({"a": "1"})
    repo.git("config", name, "evil")

    seen = await run_git(["-C", str(repo.path), "config", "--get", name], 10)

    assert seen.stdout.decode().strip() == value


async def test_large_files_are_absent_and_small_ones_are_read(git_repo: MakeRepository) -> None:
    repo = git_repo({"small": "x", "large": "y" * 100_000, "same": "x"})
    tree = await Repository(repo.path, timeout_seconds=10).tree(repo.head)

    limited = GitTree(tree.place, tree.entries, 10, file_max_bytes=1000, read_max_bytes=5000)

    assert limited.read_many(["small", "large", "same", "gone"]) == {"small": b"x", "same": b"x"}
    assert len(tree.read_many(["large"])["large"]) == 100_000
    assert tree.read_many([]) == {}

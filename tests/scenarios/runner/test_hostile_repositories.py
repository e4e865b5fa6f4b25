import subprocess
from pathlib import Path

import pytest

from deltaci.planner.model import ArtifactSpec, CacheSpec
from deltaci.testing.repositories import GitRepository, MakeRepository
from deltaci.testing.runner_bench import RunnerBench
from deltaci.wire.runner import CompletionStatus


def names_in(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


async def test_hooks_filters_and_settings_of_the_source_do_not_run(
    bench: RunnerBench, tmp_path: Path
) -> None:
    proof = tmp_path / "ran"
    bench.repository.commit({".gitattributes": "* filter=evil\n", "data": "payload\n"})
    for hook in ("post-checkout", "post-index-change", "reference-transaction", "pre-receive"):
        script = bench.repository.path / ".git" / "hooks" / hook
        script.write_text(f"#!/bin/sh\ntouch {proof}\n")
        script.chmod(0o755)
    bench.repository.git("config", "filter.evil.smudge", f"touch {proof}; cat")
    bench.repository.git("config", "core.fsmonitor", f"touch {proof}")
    bench.repository.git("config", "uploadpack.packObjectsHook", f"touch {proof}")
    lease = await bench.offer("cat data")
    await bench.run()
    assert lease.text.endswith("payload\n")
    assert not proof.exists()


async def test_the_users_own_git_settings_are_not_read(
    bench: RunnerBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "operator"
    home.mkdir()
    (home / ".gitconfig").write_text(f'[filter "evil"]\n\tsmudge = "touch {tmp_path}/ran; cat"\n')
    monkeypatch.setenv("HOME", str(home))
    bench.repository.commit({".gitattributes": "* filter=evil\n", "data": "payload\n"})
    lease = await bench.offer("cat data")
    await bench.run()
    assert lease.text.endswith("payload\n")
    assert not (tmp_path / "ran").exists()


async def test_a_workdir_may_not_leave_through_a_symlink(bench: RunnerBench) -> None:
    (bench.repository.path / "out").symlink_to("/")
    bench.repository.commit()
    lease = await bench.offer("pwd", workdir="out/etc")
    await bench.run()
    assert lease.completion.summary == "'out/etc' leaves the workspace"


@pytest.mark.parametrize("workdir", ["..", "/etc", "a/../../.."])
async def test_a_workdir_may_not_leave_by_name(bench: RunnerBench, workdir: str) -> None:
    lease = await bench.offer("pwd", workdir=workdir)
    await bench.run()
    assert lease.completion.status is CompletionStatus.FAILED
    assert "leaves the workspace" in lease.completion.summary


async def test_a_tree_with_a_git_folder_is_refused(bench: RunnerBench, tmp_path: Path) -> None:
    blob = bench.repository.git("rev-parse", "HEAD:README.md")
    inner = _tree(bench.repository, f"100644 blob {blob}\tconfig\n")
    outer = _tree(bench.repository, f"040000 tree {inner}\t.GIT\n")
    commit = bench.repository.git("commit-tree", outer, "-m", "evil")
    lease = await bench.offer("true", commit_sha=commit)
    await bench.run()
    assert lease.completion.status is CompletionStatus.FAILED
    assert lease.completion.steps == []


def _tree(repository: GitRepository, listing: str) -> str:
    result = subprocess.run(
        ["git", "mktree"],
        cwd=repository.path,
        input=listing,
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.strip()


async def test_submodules_are_not_fetched(bench: RunnerBench, git_repo: MakeRepository) -> None:
    inner = git_repo({"secret": "inner"})
    bench.repository.git(
        "-c", "protocol.file.allow=always", "submodule", "add", str(inner.path), "vendored"
    )
    bench.repository.commit()
    lease = await bench.offer("ls -A vendored | wc -l")
    await bench.run()
    assert lease.text.endswith("\n0\n")


@pytest.mark.parametrize("url", ["ext::sh -c touch% {}", "--upload-pack=touch {}", "nowhere"])
async def test_a_source_that_is_not_a_repository_address_is_refused(
    bench: RunnerBench, url: str, tmp_path: Path
) -> None:
    lease = await bench.offer("true", url=url.format(tmp_path / "escaped"))
    await bench.run()
    assert lease.completion.summary == "git could not fetch the commit"
    assert "escaped" not in names_in(tmp_path)


async def test_a_commit_that_is_not_one_is_refused(bench: RunnerBench) -> None:
    lease = await bench.offer("true", commit_sha="--help")
    await bench.run()
    assert lease.completion.summary == "'--help' is not a commit id"


async def test_artifacts_do_not_escape_the_workspace(bench: RunnerBench, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("keys")
    lease = await bench.offer(
        f"mkdir out; ln -s {tmp_path}/secret out/link; ln -s {tmp_path} out/folder; "
        "ln -s ../README.md out/inside; mkfifo out/pipe; ln -s . out/loop",
        artifacts=(
            ArtifactSpec("out", "out/**"),
            ArtifactSpec("up", "../../*"),
            ArtifactSpec("root", "/etc/passwd"),
            ArtifactSpec("through", "out/folder/secret"),
        ),
    )
    await bench.run()
    assert lease.artifacts == {("out", "out/inside"): b"hello\n"}
    assert "artifact out: 'out/link' leaves the workspace" in lease.text
    assert "artifact out: 'out/pipe' is not a regular file" in lease.text
    assert "artifact up: '../../*' is not a path inside the workspace" in lease.text
    assert "artifact root: '/etc/passwd' is not a path inside the workspace" in lease.text
    assert "artifact through: 'out/folder/secret' leaves the workspace" in lease.text


async def test_caches_do_not_escape_the_workspace(bench: RunnerBench, tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    (bench.repository.path / "deps").symlink_to(tmp_path / "victim")
    bench.repository.commit()
    caches = (
        CacheSpec("dependency", "k1", ("deps",)),
        CacheSpec("dependency", "k2", ("../../../caches",)),
        CacheSpec("dependency", "k3", ("/etc",)),
    )
    lease = await bench.offer("true", caches=caches)
    await bench.run()
    assert lease.completion.status is CompletionStatus.SUCCEEDED
    for key, path in (("k1", "deps"), ("k2", "../../../caches"), ("k3", "/etc")):
        assert f"cache dependency {key}: not saved: {path!r} leaves the workspace" in lease.text


async def test_a_workspace_made_unreadable_is_still_removed(bench: RunnerBench) -> None:
    lease = await bench.offer("mkdir -p a/b; touch a/b/c; chmod 000 a/b a; chmod 500 .")
    await bench.run()
    assert lease.completion.status is CompletionStatus.SUCCEEDED
    assert bench.leftovers() == []

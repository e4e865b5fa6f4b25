"""Real git, the diffs that planners get wrong."""

import os
import time
from pathlib import Path

import pytest

from deltaci.planner.model import ChangeKind, Plan, PlanRequest
from deltaci.planner.plan import plan
from deltaci.testing.repositories import GitRepository, MakeRepository
from deltaci.vcs.git_repository import Repository

FILES = {
    "a/go.mod": "module example.com/a\n",
    "a/a.go": "package a // with enough text that renames are recognised\n",
    "b/go.mod": "module example.com/b\nrequire example.com/a v1.0.0\n",
    "b/b.go": "package b\n",
    "c/go.mod": "module example.com/c\n",
    "c/c.go": "package c\n",
}
EVERYTHING = {"a", "b", "c"}


@pytest.fixture
def repo(git_repo: MakeRepository) -> GitRepository:
    return git_repo(FILES)


async def planned(
    repo: GitRepository, base: str | None, head: str, *, merge_base: bool = False
) -> Plan:
    repository = Repository(repo.path, timeout_seconds=60)
    diff = await repository.diff(base, head, merge_base=merge_base)
    tree = await repository.tree(head)
    return plan(PlanRequest("acme/shop", head, tree, diff))


def projects(made: Plan) -> set[str]:
    return {job.spec.workdir for job in made.jobs}


async def test_a_deleted_file_counts_where_it_was(repo: GitRepository) -> None:
    base = repo.head
    head = repo.commit({"a/a.go": None})

    assert projects(await planned(repo, base, head)) == {"a", "b"}


async def test_a_deleted_project_widens_the_plan(repo: GitRepository) -> None:
    base = repo.head
    head = repo.commit({"a/a.go": None, "a/go.mod": None})

    made = await planned(repo, base, head)

    assert projects(made) == {"b", "c"}
    assert "global-impact change" in made.explain


async def test_a_rename_counts_at_both_ends(repo: GitRepository) -> None:
    base = repo.head
    repo.git("mv", "a/a.go", "c/moved.go")
    head = repo.commit()

    diff = await Repository(repo.path, timeout_seconds=60).diff(base, head)
    assert [(each.kind, each.old_path, each.path) for each in diff.changes] == [
        (ChangeKind.RENAMED, "a/a.go", "c/moved.go")
    ]
    assert projects(await planned(repo, base, head)) == EVERYTHING


async def test_a_change_of_case_alone_counts(repo: GitRepository) -> None:
    base = repo.head
    repo.git("mv", "c/c.go", "c/C.go")
    head = repo.commit()

    made = await planned(repo, base, head)

    assert projects(made) == {"c"}
    assert "changed paths: c/C.go, c/c.go" in made.explain


async def test_a_symlink_is_never_prose(repo: GitRepository) -> None:
    base = repo.head
    (repo.path / "c/README.md").symlink_to("../a/a.go")
    head = repo.commit()

    made = await planned(repo, base, head)

    assert {job.name for job in made.jobs} == {"build:c", "test:c", "lint:c"}


async def test_a_file_that_became_a_symlink_counts(repo: GitRepository) -> None:
    base = repo.head
    (repo.path / "c/c.go").unlink()
    (repo.path / "c/c.go").symlink_to("/etc/passwd")
    head = repo.commit()

    assert projects(await planned(repo, base, head)) == {"c"}


async def test_a_moved_submodule_counts_where_it_is(
    repo: GitRepository, git_repo: MakeRepository
) -> None:
    inner = git_repo({"x": "1"}, name="inner")
    allow = ("-c", "protocol.file.allow=always")
    repo.git(*allow, "submodule", "--quiet", "add", str(inner.path), "c/vendored")
    base = repo.commit()
    new = inner.commit({"x": "2"})
    repo.git("-C", "c/vendored", *allow, "fetch", "--quiet", "origin")
    repo.git("-C", "c/vendored", "checkout", "--quiet", new)
    head = repo.commit()

    made = await planned(repo, base, head)

    assert "changed paths: c/vendored;" in made.explain
    assert projects(made) == {"c"}


async def test_a_lock_file_alone_reaches_dependents(repo: GitRepository) -> None:
    base = repo.head
    head = repo.commit({"a/go.sum": "example.com/x v1 h1:abc\n"})

    made = await planned(repo, base, head)

    assert projects(made) == {"a", "b"}
    assert "code change" in made.explain


async def test_root_settings_reach_everything(repo: GitRepository) -> None:
    base = repo.head
    head = repo.commit({".golangci.yml": "linters: {}\n"})

    assert projects(await planned(repo, base, head)) == EVERYTHING


async def test_a_merge_brings_all_of_its_branch(repo: GitRepository) -> None:
    base = repo.head
    repo.branch("topic")
    repo.commit({"c/c.go": "package c // 1\n"})
    repo.commit({"b/b.go": "package b // 2\n"})
    repo.switch("main")
    repo.commit({"notes.md": "x"})
    head = repo.merge("topic")

    assert projects(await planned(repo, base, head)) == {"b", "c"}


async def test_a_push_of_several_commits_is_seen_whole(repo: GitRepository) -> None:
    base = repo.head
    repo.commit({"a/a.go": "package a // 1\n"})
    head = repo.commit({"c/c.go": "package c // 2\n"})

    assert projects(await planned(repo, base, head)) == EVERYTHING


async def test_a_pull_request_ignores_what_its_base_did_meanwhile(repo: GitRepository) -> None:
    repo.branch("topic")
    head = repo.commit({"c/c.go": "package c // topic\n"})
    repo.switch("main")
    moved = repo.commit({"a/a.go": "package a // main went on\n"})

    assert projects(await planned(repo, moved, head, merge_base=True)) == {"c"}


async def test_a_moved_merge_base_narrows_the_range(repo: GitRepository) -> None:
    repo.branch("topic")
    repo.commit({"a/a.go": "package a // topic\n"})
    repo.switch("main")
    repo.merge("topic")
    merged = repo.head
    repo.switch("topic")
    head = repo.commit({"c/c.go": "package c // topic goes on\n"})

    assert projects(await planned(repo, merged, head, merge_base=True)) == {"c"}


async def test_unrelated_histories_plan_everything_and_say_so(repo: GitRepository) -> None:
    base = repo.head
    repo.git("switch", "--quiet", "--orphan", "other")
    head = repo.commit(FILES)

    made = await planned(repo, base, head, merge_base=True)

    assert projects(made) == EVERYTHING
    assert f"no common ancestor with {base[:12]}" in made.explain


async def test_a_shallow_history_plans_everything_and_says_so(
    repo: GitRepository, tmp_path: Path
) -> None:
    base = repo.head
    head = repo.commit({"c/c.go": "package c // 2\n"})
    shallow = GitRepository(tmp_path / "shallow")
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.path}", str(shallow.path))

    made = await planned(shallow, base, head)

    assert projects(made) == EVERYTHING
    assert f"commit {base[:12]} is not here (shallow or rewritten history)" in made.explain


async def test_an_empty_range_plans_everything_and_says_so(repo: GitRepository) -> None:
    base = repo.head
    head = repo.commit()

    made = await planned(repo, base, head)

    assert projects(made) == EVERYTHING
    assert "fallback: diff empty" in made.explain


async def test_a_first_commit_plans_everything(repo: GitRepository) -> None:
    made = await planned(repo, None, repo.head)

    assert projects(made) == EVERYTHING
    assert "there is no earlier commit to compare with" in made.explain


async def test_a_binary_file_counts_like_any_other(repo: GitRepository) -> None:
    base = repo.head
    head = repo.commit({"c/logo.png": bytes(range(256))})

    assert projects(await planned(repo, base, head)) == {"c"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"c/two\nlines.go", r"c/two\nlines.go"),
        (b"c/tab\there.go", r"c/tab\there.go"),
        (b"c/bell\x07.go", r"c/bell\x07.go"),
        (b"c/not utf-8 \xff.go", r"c/not utf-8 \udcff.go"),
        ("c/bidi\u202e.go".encode(), r"c/bidi\u202e.go"),
    ],
)
async def test_a_hostile_name_is_owned_and_shown_on_one_line(
    repo: GitRepository, name: bytes, shown: str
) -> None:
    base = repo.head
    head = repo.commit({os.fsdecode(name): "package c\n"})

    made = await planned(repo, base, head)

    assert projects(made) == {"c"}
    assert f"changed paths: {shown};" in made.explain
    assert made.explain.isprintable()


async def test_a_project_in_a_hostile_folder_widens_the_plan(repo: GitRepository) -> None:
    base = repo.head
    head = repo.commit({"odd\nname/go.mod": "module x\n", "odd\nname/x.go": ""})

    made = await planned(repo, base, head)

    assert projects(made) == EVERYTHING
    assert r"odd\nname/go.mod is no usable file" in made.explain


async def test_a_manifest_that_is_a_symlink_widens_the_plan(repo: GitRepository) -> None:
    (repo.path / "d").mkdir()
    (repo.path / "d/go.mod").symlink_to("../a/go.mod")
    base = repo.commit()
    head = repo.commit({"c/c.go": "package c // 2\n"})

    made = await planned(repo, base, head)

    assert projects(made) == EVERYTHING
    assert "d/go.mod is no usable file" in made.explain


async def test_ten_thousand_changed_files_are_no_trouble(repo: GitRepository) -> None:
    base = repo.head
    head = repo.commit({f"c/generated/{index}.go": f"// {index}\n" for index in range(10_000)})

    started = time.monotonic()
    made = await planned(repo, base, head)

    assert projects(made) == {"c"}
    assert "(10000 total)" in made.explain
    assert time.monotonic() - started < 5

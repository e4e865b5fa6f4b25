import json
from collections.abc import Awaitable, Callable

from deltaci.testing.commands import Ran
from deltaci.testing.repositories import MakeRepository

Command = Callable[..., Awaitable[Ran]]

CONFIG = """\
version: 1
jobs:
  greet:
    steps: ["echo hello"]
    paths: ["src/**"]
"""


async def test_the_plan_of_a_change_is_shown_with_its_reasons(
    delta_ci: Command, git_repo: MakeRepository
) -> None:
    repository = git_repo({"ci.ai.yaml": CONFIG, "src/a": "1", "README.md": "1"})
    before = repository.head
    middle = repository.commit({"src/a": "2"})
    after = repository.commit({"README.md": "2"})
    arguments = ("plan", "preview", "--path", str(repository.path))
    code = await delta_ci(*arguments, "--base", before, "--head", middle, "--json")
    plan = json.loads(code.out)
    assert [job["name"] for job in plan["jobs"]] == ["greet"]
    assert "known_jobs" not in plan
    told = await delta_ci(*arguments, "--base", before, "--head", middle)
    assert "$ echo hello" in told.out
    docs = await delta_ci(*arguments, "--base", middle, "--head", after)
    assert "skipped greet: " in docs.out


async def test_an_unknown_revision_is_explained(
    delta_ci: Command, git_repo: MakeRepository
) -> None:
    repository = git_repo({"README.md": "1"})
    ran = await delta_ci("plan", "preview", "--path", str(repository.path), "--base", "nowhere")
    assert ran.code == 1
    assert "nowhere" in ran.err

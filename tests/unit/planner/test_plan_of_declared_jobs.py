import pytest

from deltaci.planner.model import (
    ArtifactSpec,
    CacheSpec,
    Diff,
    EntryKind,
    JobPolicy,
    PlanError,
    RecipeSource,
    RunPolicies,
)
from deltaci.planner.plan import plan
from deltaci.testing.trees import changed, request_for

FULL = """\
version: 1
policies:
  runs: {cancel_superseded: true, max_runtime_seconds: 600, max_concurrency: 2}
  jobs: {retries: 1, timeout_seconds: 60}
limits: {cpu: 2, memory: 4Gi, disk: "20Gi"}
jobs:
  build:
    image: python:3.12
    workdir: app/
    steps: [make, make install]
    artifacts: [{type: binary, path: "app/dist/*"}]
    caches: [{type: deps, key: "py-{lock_hash}", paths: [~/.cache/pip]}]
    env: {PORT: 8080, NAME: shop}
    runs_on: ["os:linux"]
    policy: {retries: 3, retry_on: [INFRA]}
  docs:
    steps: [make docs]
    paths: ["docs/**", "!docs/private/"]
    policy: {allow_failure: true}
  test:
    needs: [build]
    steps: [make test]
    paths: ["app/"]
"""


def config(jobs: str) -> dict[str, str]:
    return {"ci.ai.yaml": f"version: 1\njobs:\n{jobs}"}


def test_every_key_reaches_the_plan() -> None:
    made = plan(request_for({"ci.ai.yaml": FULL, "app/uv.lock": "x"}, changed("docs/a.txt")))

    build = made.jobs[0]
    assert made.recipe_source is RecipeSource.CONFIG
    assert made.policies == RunPolicies(True, 600, 2)  # noqa: FBT003 - in the file's order
    assert (build.spec.image, build.spec.workdir) == ("python:3.12", "app")
    assert build.spec.steps == ("make", "make install")
    assert build.spec.env == {"PORT": "8080", "NAME": "shop"}
    assert build.spec.artifacts == (ArtifactSpec("binary", "app/dist/*"),)
    assert build.runs_on == ("os:linux",)
    assert build.policy == JobPolicy(3, 60, ("INFRA",))
    docs = made.jobs[1]
    assert not docs.required
    assert docs.policy == JobPolicy(1, 60)


def test_paths_prune_and_needs_pull_in_and_both_say_so() -> None:
    made = plan(request_for({"ci.ai.yaml": FULL}, changed("app/main.py")))

    assert {job.name: job.reason for job in made.jobs} == {
        "build": "declared in ci.ai.yaml without paths: always runs",
        "test": "declared in ci.ai.yaml: app/main.py matches its paths",
    }
    assert [(job.name, job.reason) for job in made.skipped_jobs] == [
        ("docs", "no changed path matches its paths: docs/**, !docs/private/")
    ]
    assert made.explain == (
        "diff-aware planner v1: explicit config present (ci.ai.yaml); "
        "changed paths: app/main.py; 2 of 3 jobs"
    )


def test_a_job_that_only_others_need_joins_for_them() -> None:
    files = config(
        "  a: {steps: [a], paths: [a/]}\n"
        "  b: {steps: [b], paths: [b/], needs: [a]}\n"
        "  c: {steps: [c], paths: [c/], needs: [b]}\n"
    )

    made = plan(request_for(files, changed("c/x")))

    assert {job.name: job.reason for job in made.jobs} == {
        "a": "declared in ci.ai.yaml: needed by b",
        "b": "declared in ci.ai.yaml: needed by c",
        "c": "declared in ci.ai.yaml: c/x matches its paths",
    }


@pytest.mark.parametrize(
    ("diff", "why"),
    [
        (changed("ci.ai.yaml"), "ci.ai.yaml changed"),
        (Diff(), "diff empty"),
        (Diff(unavailable="shallow"), "diff unavailable; shallow"),
    ],
)
def test_what_is_not_known_runs_every_job(diff: Diff, why: str) -> None:
    made = plan(request_for({"ci.ai.yaml": FULL}, diff))

    assert made.skipped_jobs == ()
    assert made.explain.endswith(why)


def test_a_change_may_need_no_job() -> None:
    made = plan(request_for(config("  a: {steps: [a], paths: [a/]}\n"), changed("b/x")))

    assert made.jobs == ()
    assert [job.name for job in made.skipped_jobs] == ["a"]


def test_both_names_of_a_rename_are_matched() -> None:
    files = config("  a: {steps: [a], paths: [old/]}\n")

    made = plan(request_for(files, changed("new/x", deleted=["old/x"])))

    assert [job.name for job in made.jobs] == ["a"]


def test_a_matrix_is_one_job_per_combination_and_needs_follow() -> None:
    files = config(
        "  test:\n"
        "    matrix: {py: ['3.11', '3.12'], os: [linux]}\n"
        "    steps: ['tox -e {matrix.py}']\n"
        "    runs_on: ['os:{matrix.os}']\n"
        "    env: {PY: '{matrix.py}'}\n"
        "  release: {steps: [r], needs: [test]}\n"
    )

    made = plan(request_for(files, changed("x")))

    assert [(job.name, job.spec.steps[0]) for job in made.jobs[:2]] == [
        ("test (3.11, linux)", "tox -e 3.11"),
        ("test (3.12, linux)", "tox -e 3.12"),
    ]
    assert made.jobs[0].runs_on == ("os:linux",)
    assert made.jobs[1].spec.env == {"PY": "3.12"}
    assert made.jobs[2].depends_on == ("test (3.11, linux)", "test (3.12, linux)")


def test_the_lock_hash_covers_the_locks_of_the_working_folder() -> None:
    def key(files: dict[str, str]) -> CacheSpec:
        return plan(request_for({"ci.ai.yaml": FULL} | files, changed("x"))).jobs[0].spec.caches[0]

    base = {"app/uv.lock": "1", "web/yarn.lock": "1"}

    assert key(base).key.startswith("py-")
    assert "{" not in key(base).key
    assert key(base) == key(base | {"web/yarn.lock": "2"})
    assert key(base) != key(base | {"app/uv.lock": "2"})
    assert key({"web/yarn.lock": "1"}) != key({"web/yarn.lock": "2"})


@pytest.mark.parametrize(
    ("jobs", "message"),
    [
        ("  a: {step: [a]}\n", "jobs.a.steps: is required; jobs.a.step: unknown key"),
        ("  a: {steps: []}\n", "jobs.a.steps: List should have at least 1 item"),
        ("  a: {steps: [1]}\n", "jobs.a.steps.0: must be text; put it in quotes"),
        ("  a: {steps: [a], needs: [b]}\n", "jobs.a.needs names 'b', which is no job"),
        ("  a: {steps: [a], workdir: ../x}\n", "jobs.a.workdir: must be a relative path"),
        ("  a: {steps: [a], env: {X: yes}}\n", "jobs.a.env.X: is read as a boolean"),
        ("  a: {steps: [a], policy: {retry_on: [X]}}\n", "jobs.a.policy.retry_on.0: Input should"),
        ("  a: {steps: ['{matrix.x}']}\n", "jobs.a: {matrix.x} names no key of its matrix"),
        (
            "  a: {steps: [a], workdir: '{matrix.d}', matrix: {d: ['..']}}\n",
            "jobs.a (..): '..' leaves the repository",
        ),
        (
            "  a: {steps: [a], needs: [b]}\n  b: {steps: [b], needs: [a]}\n",
            "jobs wait for each other in a circle: a needs b needs a",
        ),
        ("  a: {steps: [a], needs: [a]}\n", "a needs a"),
        (
            "  a: {steps: [a], matrix: {x: [b]}}\n  a (b): {steps: [a]}\n",
            "String should match pattern",
        ),
        ("  a: {steps: [a], paths: ['!']}\n", "paths"),
        ("  a: {steps: [a]}\n  a: {steps: [b]}\n", "the key 'a' is given twice (line 4)"),
    ],
)
def test_an_invalid_file_is_refused_with_the_place(jobs: str, message: str) -> None:
    with pytest.raises(PlanError) as refused:
        plan(request_for(config(jobs), changed("x")))

    assert message in str(refused.value)


@pytest.mark.parametrize("kind", [EntryKind.SYMLINK, EntryKind.SUBMODULE])
def test_a_file_that_is_none_is_refused(kind: EntryKind) -> None:
    request = request_for({"ci.ai.yaml": "x"}, changed("x"), kinds={"ci.ai.yaml": kind})

    with pytest.raises(PlanError, match="not a readable regular file"):
        plan(request)

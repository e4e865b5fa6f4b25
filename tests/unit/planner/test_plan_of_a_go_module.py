import hashlib

from deltaci.planner.model import CacheSpec, Plan, RecipeSource, SkippedJob
from deltaci.planner.plan import plan
from deltaci.testing.trees import changed, request_for

MODULE = {"go.mod": "module example.com/shop\n\ngo 1.23\n", "main.go": "package main\n"}


def reasons(made: Plan) -> dict[str, str]:
    return {job.name: job.reason for job in made.jobs}


def test_the_contracts_example_is_reproduced_to_the_letter() -> None:
    made = plan(request_for(MODULE, changed("main.go")))

    assert made.recipe_source is RecipeSource.DISCOVERY
    assert made.explain == (
        "diff-aware planner v1: discovered go.mod; changed paths: main.go; code change"
    )
    assert reasons(made) == {
        "build": "go build triggered by code change",
        "test": "go test triggered by code change",
        "lint": "optional lint for code change",
    }
    assert made.skipped_jobs == ()
    assert made.fingerprint.startswith("sha256:")
    assert made.plan_id.startswith("plan_")


def test_jobs_are_those_of_the_contract() -> None:
    build, test, lint = plan(request_for(MODULE, changed("main.go"))).jobs

    assert [job.spec.steps for job in (build, test, lint)] == [
        ("go build ./...",),
        ("go test ./...",),
        ("go vet ./...",),
    ]
    assert [job.required for job in (build, test, lint)] == [True, True, False]
    assert [job.depends_on for job in (build, test, lint)] == [(), ("build",), ("build",)]
    assert {job.spec.workdir for job in (build, test, lint)} == {"."}


def test_the_cache_key_is_a_hash_of_go_mod_and_go_sum() -> None:
    files = {"go.mod": "module m\n", "go.sum": "sum\n", "main.go": ""}

    job = plan(request_for(files, changed("main.go"))).jobs[0]

    hashed = hashlib.sha256(b"go.mod\0module m\n\0go.sum\0sum\n\0").hexdigest()
    key = f"go:deps:{hashed}"
    assert job.spec.caches == (CacheSpec("deps", key, ("~/go/pkg/mod",), read_only=False),)


def test_prose_builds_and_says_what_it_skipped() -> None:
    made = plan(request_for(MODULE | {"README.md": "hi"}, changed("README.md")))

    assert made.explain.endswith("changed paths: README.md; docs-only change")
    assert reasons(made) == {"build": "go build triggered by docs-only change"}
    assert made.skipped_jobs == (
        SkippedJob("test", "docs-only change: skipped go test"),
        SkippedJob("lint", "docs-only change: skipped go vet"),
    )


def test_a_markdown_file_among_test_data_is_not_prose() -> None:
    made = plan(request_for(MODULE, changed("testdata/golden.md")))

    assert "test" in reasons(made)


def test_code_below_docs_is_code() -> None:
    made = plan(request_for(MODULE, changed("docs/example.go")))

    assert reasons(made)["test"] == "go test triggered by code change"


def test_the_modules_own_definition_has_global_impact() -> None:
    made = plan(request_for(MODULE, changed("go.mod")))

    assert made.explain.endswith("changed paths: go.mod; global-impact change")
    assert reasons(made)["build"] == "go build triggered by global-impact change"


def test_what_is_neither_code_nor_prose_is_a_non_docs_change() -> None:
    made = plan(request_for(MODULE, changed("templates/page.html")))

    assert made.explain.endswith("changed paths: templates/page.html; non-docs change")
    assert reasons(made)["test"] == "go test triggered by non-docs change"

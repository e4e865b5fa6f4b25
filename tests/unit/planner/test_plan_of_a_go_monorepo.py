import pytest

from deltaci.planner.model import Plan
from deltaci.planner.plan import plan
from deltaci.testing.trees import changed, request_for

MONOREPO = {
    "libs/money/go.mod": "module example.com/money\n",
    "libs/money/money.go": "",
    "libs/pricing/go.mod": "module example.com/pricing\nrequire example.com/money v1.0.0\n",
    "libs/pricing/pricing.go": "",
    "services/checkout/go.mod": (
        "module example.com/checkout\n"
        "require (\n\texample.com/pricing v1.0.0 // indirect\n)\n"
        "replace example.com/pricing => ../../libs/pricing\n"
    ),
    "services/checkout/main.go": "",
    "services/mail/go.mod": 'module "example.com/mail"\n',
    "services/mail/main.go": "",
}


def planned(made: Plan) -> list[str]:
    return [job.name for job in made.jobs]


def test_a_library_reaches_everything_built_from_it() -> None:
    made = plan(request_for(MONOREPO, changed("libs/money/money.go")))

    assert {name.partition(":")[2] for name in planned(made)} == {
        "libs/money",
        "libs/pricing",
        "services/checkout",
    }
    assert {job.name: job.reason for job in made.jobs}["test:services/checkout"] == (
        "go test triggered by change in projects: libs/money (project: services/checkout): "
        "services/checkout needs libs/pricing needs libs/money"
    )
    assert {job.name: job.reason for job in made.skipped_jobs} == {
        f"{kind}:services/mail": (
            f"not reached by change in projects: libs/money: skipped {label} "
            "(project: services/mail)"
        )
        for kind, label in (("build", "go build"), ("test", "go test"), ("lint", "go vet"))
    }


def test_the_explanation_lists_projects_and_reach() -> None:
    made = plan(request_for(MONOREPO, changed("libs/pricing/pricing.go")))

    assert made.explain == (
        "diff-aware planner v1: "
        "projects: libs/money, libs/pricing, services/checkout, services/mail; "
        "changed paths: libs/pricing/pricing.go; code change; "
        "impacted projects: libs/pricing, services/checkout"
    )


def test_tests_touch_only_their_own_project() -> None:
    made = plan(request_for(MONOREPO, changed("libs/money/money_test.go")))

    assert planned(made) == ["build:libs/money", "test:libs/money", "lint:libs/money"]


def test_prose_reaches_nothing_but_the_build_of_its_own_project() -> None:
    made = plan(request_for(MONOREPO, changed("libs/money/README.md")))

    assert planned(made) == ["build:libs/money"]
    assert made.skipped_jobs[0].reason == (
        "docs-only change: skipped go test (project: libs/money)"
    )


def test_prose_beside_code_stops_where_it_is() -> None:
    made = plan(request_for(MONOREPO, changed("libs/money/README.md", "services/mail/main.go")))

    assert planned(made)[0] == "build:libs/money"
    assert {name.partition(":")[2] for name in planned(made)[1:]} == {"services/mail"}


def test_prose_that_no_project_owns_needs_no_job_at_all() -> None:
    made = plan(request_for(MONOREPO, changed("docs/architecture.md")))

    assert made.jobs == ()
    assert len(made.skipped_jobs) == 12
    assert made.explain.endswith("docs-only change; impacted projects: none")


def test_a_path_that_no_project_owns_widens_the_plan_and_says_so() -> None:
    made = plan(request_for(MONOREPO, changed("shared/schema.sql")))

    assert len(made.jobs) == 12
    assert made.explain.endswith("global-impact change; unknown ownership: shared/schema.sql")
    assert made.jobs[0].reason == (
        "go build triggered by global-impact change (unknown ownership) (project: libs/money)"
    )


@pytest.mark.parametrize("path", ["Makefile", ".github/workflows/ci.yml", "pytest.ini"])
def test_root_settings_reach_every_project(path: str) -> None:
    made = plan(request_for(MONOREPO, changed(path)))

    assert len(made.jobs) == 12
    assert "global-impact change" in made.explain


@pytest.mark.parametrize(
    ("name", "content", "doubt"),
    [
        ("libs/odd/go.mod", "not a module", "libs/odd/go.mod is missing or unreadable"),
        (
            "libs/odd/go.mod",
            "module m\nreplace x => ../../../outside\n",
            "libs/odd/go.mod replaces x with ../../../outside, not a module",
        ),
        ("go.work", "", "go.work is unreadable or empty"),
        (
            "go.work",
            "use ./services/mail\nuse ../away\n",
            "go.work uses ../away, which is outside the repository",
        ),
    ],
)
def test_a_doubtful_graph_widens_the_plan_and_says_so(name: str, content: str, doubt: str) -> None:
    made = plan(request_for(MONOREPO | {name: content}, changed("services/mail/main.go")))

    assert not made.skipped_jobs
    assert "dependency graph incomplete" in made.explain
    assert doubt in made.explain


def test_a_workspace_names_the_modules_that_count() -> None:
    workspace = "go 1.23\n\nuse (\n\t./libs/money // the base\n\t./libs/pricing\n)\n"

    made = plan(request_for(MONOREPO | {"go.work": workspace}, changed("libs/money/money.go")))

    assert {job.spec.workdir for job in made.jobs} == {"libs/money", "libs/pricing"}
    assert made.skipped_jobs == ()


def test_a_module_that_disappears_widens_the_plan() -> None:
    rest = {path: content for path, content in MONOREPO.items() if "libs/money" not in path}
    gone = changed(deleted=["libs/money/go.mod", "libs/money/money.go"])

    made = plan(request_for(rest | {"go.mod": "module example.com/root\n"}, gone))

    assert made.skipped_jobs == ()
    assert "global-impact change" in made.explain


def test_long_lists_are_cut_and_counted() -> None:
    files = {f"p{index}/go.mod": f"module m{index}\n" for index in range(9)}

    made = plan(request_for(files, changed(*(f"p{index}/a.go" for index in range(8)))))

    assert "projects: p0, p1, p2, p3, p4, p5, ... (9 total)" in made.explain
    assert "changed paths: p0/a.go, p1/a.go, p2/a.go" in made.explain
    assert "p5/a.go, ... (8 total)" in made.explain
    assert made.skipped_jobs[0].reason == (
        "not reached by change in projects: p0, p1, p2, p3, ... (8 total): "
        "skipped go build (project: p8)"
    )

from deltaci.planner.model import Diff, RecipeSource
from deltaci.planner.plan import plan
from deltaci.testing.trees import changed, request_for

GO = {"go.mod": "module m\n", "main.go": ""}


def test_known_make_targets_become_jobs() -> None:
    makefile = "CC := gcc\nbuild: main.o\n\tcc\ncheck lint::\n\techo\ndeploy:\n\trm -rf /\n"

    made = plan(request_for({"Makefile": makefile, "main.c": ""}, changed("main.c")))

    assert {job.name: job.spec.steps for job in made.jobs} == {
        "build": ("make build",),
        "test": ("make check",),
        "lint": ("make lint",),
    }
    assert made.jobs[0].reason == "make build triggered by non-docs change"


def test_a_makefile_beside_a_language_adds_nothing() -> None:
    made = plan(request_for(GO | {"Makefile": "test:\n"}, changed("main.go")))

    assert {job.spec.steps[0].split()[0] for job in made.jobs} == {"go"}


def test_an_image_follows_what_it_packs_and_never_decides() -> None:
    made = plan(request_for(GO | {"deploy/Dockerfile": "FROM scratch"}, changed("main.go")))

    image = next(job for job in made.jobs if job.name == "image:deploy")
    assert not image.required
    assert image.reason == (
        "optional image for change in projects: root (project: deploy): deploy needs root"
    )


def test_a_dockerfile_beside_a_module_keeps_plain_names() -> None:
    made = plan(request_for(GO | {"Dockerfile": "FROM scratch"}, changed("main.go")))

    assert [job.name for job in made.jobs] == ["build", "test", "lint", "image"]
    assert made.explain.endswith(
        "discovered Dockerfile, go.mod; changed paths: main.go; code change"
    )


def test_two_languages_in_one_folder_keep_their_jobs_apart() -> None:
    files = GO | {"package.json": '{"scripts": {"build": "tsc"}}', "index.ts": ""}

    made = plan(request_for(files, changed("index.ts")))

    assert "build:root@node" in {job.name for job in made.jobs}
    assert "build" in {job.name for job in made.jobs}


def test_a_language_file_belongs_to_the_project_of_its_language_too() -> None:
    files = GO | {"web/package.json": '{"scripts": {"build": "tsc"}}'}

    go_file = plan(request_for(files, changed("web/embed.go")))
    ts_file = plan(request_for(files, changed("web/app.ts")))

    assert {job.spec.workdir for job in go_file.jobs} == {".", "web"}
    assert {job.spec.workdir for job in ts_file.jobs} == {"web"}


def test_nothing_recognised_is_said_loudly() -> None:
    made = plan(request_for({"notes.txt": ""}, changed("notes.txt")))

    assert made.recipe_source is RecipeSource.FALLBACK
    assert made.explain == (
        "diff-aware planner v1: fallback: no supported build files detected; "
        "changed paths: notes.txt"
    )
    assert [(job.name, job.reason, job.depends_on) for job in made.jobs] == [
        ("build", "default build job", ()),
        ("test", "default test job", ()),
        ("lint", "default lint job", ()),
    ]
    assert made.known_jobs == ()


def test_an_unknown_range_plans_everything_and_says_why() -> None:
    made = plan(request_for(GO, Diff(unavailable="commit abc is not here")))

    assert made.recipe_source is RecipeSource.FALLBACK
    assert made.explain == (
        "diff-aware planner v1: fallback: diff unavailable; every known job is planned; "
        "discovered go.mod; commit abc is not here"
    )
    assert [job.reason for job in made.jobs] == [
        "default build job (diff unavailable)",
        "default test job (diff unavailable)",
        "default lint job (diff unavailable)",
    ]


def test_an_empty_range_plans_everything() -> None:
    made = plan(request_for(GO, Diff()))

    assert made.explain.startswith("diff-aware planner v1: fallback: diff empty; ")
    assert len(made.jobs) == 3


def test_what_lies_in_fetched_or_generated_folders_is_no_project() -> None:
    files = GO | {
        f"{folder}/x/{name}": "broken ["
        for folder in ("node_modules", "vendor", "testdata", ".venv", "fixtures")
        for name in ("package.json", "go.mod", "pyproject.toml")
    }

    made = plan(request_for(files, changed("main.go")))

    assert made.explain == (
        "diff-aware planner v1: discovered go.mod; changed paths: main.go; code change"
    )

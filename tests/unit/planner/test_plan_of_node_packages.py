import json

import pytest

from deltaci.planner.model import PlanError, PlannedJob
from deltaci.planner.plan import plan
from deltaci.testing.trees import changed, request_for

SCRIPTS = {"build": "tsc", "test": "node --test", "lint": "eslint ."}


def package(name: str, scripts: dict[str, str] | None = None, **more: object) -> str:
    return json.dumps({"name": name, "scripts": SCRIPTS if scripts is None else scripts, **more})


WORKSPACE = {
    "package.json": package("root", {}, workspaces=["packages/*", "!packages/old"]),
    "package-lock.json": "{}",
    "packages/core/package.json": package("@shop/core", dependencies={"left-pad": "1"}),
    "packages/core/src/index.ts": "",
    "packages/web/package.json": package("@shop/web", dependencies={"@shop/core": "workspace:*"}),
    "packages/web/src/index.ts": "",
    "packages/old/package.json": package("@shop/old"),
    "packages/old/index.js": "",
}


def jobs(files: dict[str, str], *paths: str) -> dict[str, PlannedJob]:
    return {job.name: job for job in plan(request_for(files, changed(*paths))).jobs}


def test_scripts_become_jobs() -> None:
    files = {"package.json": package("app"), "index.js": ""}

    made = jobs(files, "index.js")

    assert {name: job.spec.steps for name, job in made.items()} == {
        "build": ("npm run build",),
        "test": ("npm test",),
        "lint": ("npm run lint",),
    }
    assert [job.required for job in made.values()] == [True, True, False]
    assert made["test"].depends_on == ("build",)


def test_npms_placeholder_is_no_test() -> None:
    placeholder = {"test": 'echo "Error: no test specified" && exit 1'}

    made = jobs({"package.json": package("app", placeholder, dependencies={"x": "1"})}, "a.js")

    assert {name: job.spec.steps for name, job in made.items()} == {
        "build": ("npm install --no-audit --no-fund --no-package-lock",)
    }


def test_a_member_is_installed_from_the_workspaces_root_and_reaches_its_users() -> None:
    made = jobs(WORKSPACE, "packages/core/src/index.ts")

    assert {job.spec.workdir for job in made.values()} == {"packages/core", "packages/web"}
    assert made["test:packages/web"].spec.steps == (
        "cd ../.. && npm ci --no-audit --no-fund",
        "npm test",
    )
    assert made["test:packages/web"].reason == (
        "npm test triggered by change in projects: packages/core (project: packages/web): "
        "packages/web needs packages/core"
    )


def test_a_test_file_reaches_no_other_package() -> None:
    made = jobs(WORKSPACE, "packages/core/src/index.test.ts")

    assert {job.spec.workdir for job in made.values()} == {"packages/core"}


def test_the_workspaces_lock_reaches_its_members_and_nobody_else() -> None:
    files = WORKSPACE | {"tools/gen.py": "", "tools/pyproject.toml": '[project]\nname = "gen"\n'}

    made = jobs(files, "package-lock.json")

    assert {job.spec.workdir for job in made.values()} == {"packages/core", "packages/web"}
    assert made["build:packages/core"].reason.startswith(
        "npm run build triggered by change in shared files: package-lock.json"
    )


def test_lock_files_choose_the_manager_and_the_cache() -> None:
    for lock, install, store in [
        ("pnpm-lock.yaml", "pnpm install --frozen-lockfile", "~/.local/share/pnpm/store"),
        ("yarn.lock", "yarn install --immutable", "~/.cache/yarn"),
        ("package-lock.json", "npm ci --no-audit --no-fund", "~/.npm"),
    ]:
        files = {"package.json": package("app", dependencies={"x": "1"}), lock: "1"}
        build = jobs(files, "index.js")["build"]

        assert build.spec.steps == (install, f"{install.split()[0]} run build")
        assert build.spec.caches[0].paths == (store,)
        changed_lock = jobs(files | {lock: "2"}, "index.js")["build"]
        assert changed_lock.spec.caches[0].key != build.spec.caches[0].key


def test_pnpm_names_its_members_in_a_file_of_its_own() -> None:
    files = {
        "pnpm-workspace.yaml": "packages:\n  - 'apps/**'  # all\n  - \"!apps/x/old\"\nother: 1\n",
        "pnpm-lock.yaml": "",
        "package.json": package("root", {}, devDependencies={"typescript": "5"}),
        "apps/x/web/package.json": package("web"),
        "apps/x/old/package.json": package("old"),
    }

    made = jobs(files, "apps/x/web/i.js", "apps/x/old/i.js")

    assert made["build:apps/x/web"].spec.steps[0] == (
        "cd ../../.. && pnpm install --frozen-lockfile"
    )
    assert made["build:apps/x/old"].spec.steps == ("npm run build",)


@pytest.mark.parametrize("wanted", ["file:../core", "link:../core", "portal:../core"])
def test_a_path_is_an_edge(wanted: str) -> None:
    files = {
        "core/package.json": package(""),
        "app/package.json": package("app", dependencies={"c": wanted}),
    }

    made = jobs(files, "core/index.js")

    assert {job.spec.workdir for job in made.values()} == {"app", "core"}


@pytest.mark.parametrize("content", ["{", "[]", "", '{"a":' * 5000])
def test_an_unreadable_package_is_left_to_the_manager_to_refuse(content: str) -> None:
    made = plan(request_for(WORKSPACE | {"odd/package.json": content}, changed("odd/index.js")))

    assert "odd/package.json is unreadable" in made.explain
    assert made.skipped_jobs == ()
    assert "build:odd" in {job.name for job in made.jobs}


def test_a_repository_that_makes_no_sense_is_refused() -> None:
    files = {"go.work": "use ../outside\n"}

    with pytest.raises(PlanError, match=r"nothing can be planned: go\.work uses"):
        plan(request_for(files, changed("main.go")))

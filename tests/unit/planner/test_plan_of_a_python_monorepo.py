import pytest

from deltaci.planner.model import Plan, PlannedJob
from deltaci.planner.plan import plan
from deltaci.testing.trees import changed, request_for


def pyproject(name: str, *dependencies: str, more: str = "") -> str:
    listed = ", ".join(f'"{each}"' for each in dependencies)
    return f'[project]\nname = "{name}"\nversion = "1"\ndependencies = [{listed}]\n{more}'


POETRY = '[tool.poetry]\nname = "app"\n'
SHOP = {
    "libs/money/pyproject.toml": pyproject("Shop_Money"),
    "libs/money/src/shop_money/__init__.py": "",
    "libs/money/tests/test_money.py": "",
    "libs/pricing/pyproject.toml": pyproject("shop-pricing", "shop.money>=1"),
    "libs/pricing/src/shop_pricing/__init__.py": "",
    "services/mail/pyproject.toml": pyproject("shop-mail"),
    "services/mail/mail.py": "",
}


def job(made: Plan, name: str) -> PlannedJob:
    return next(each for each in made.jobs if each.name == name)


def projects(made: Plan) -> set[str]:
    return {each.spec.workdir for each in made.jobs}


def test_projects_are_related_by_distribution_name() -> None:
    made = plan(request_for(SHOP, changed("libs/money/src/shop_money/__init__.py")))

    assert projects(made) == {"libs/money", "libs/pricing"}
    assert job(made, "build:libs/pricing").reason == (
        "python build triggered by change in projects: libs/money (project: libs/pricing): "
        "libs/pricing needs libs/money"
    )


def test_only_a_project_with_tests_has_a_test_job() -> None:
    made = plan(request_for(SHOP, changed("libs/money/src/shop_money/__init__.py")))

    assert [each.name for each in made.jobs if each.name.startswith("test")] == ["test:libs/money"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pyproject.toml", pyproject("app", "shop-money @ file:../../libs/money")),
        (
            "pyproject.toml",
            pyproject("app", "x", more='[tool.uv.sources]\nx = {path = "../../libs/money"}\n'),
        ),
        (
            "pyproject.toml",
            POETRY
            + '[tool.poetry.dependencies]\npython = "^3.11"\nx = {path = "../../libs/money"}\n',
        ),
        (
            "pyproject.toml",
            POETRY + '[tool.poetry.group.dev.dependencies]\nx = {path = "../../libs/money"}\n',
        ),
        (
            "pyproject.toml",
            pyproject("app") + '[tool.pdm.dev-dependencies]\ndev = ["-e file:../../libs/money"]\n',
        ),
        ("pyproject.toml", pyproject("app") + '[dependency-groups]\ntest = ["shop-money"]\n'),
        ("setup.cfg", "[metadata]\nname = app\n[options]\ninstall_requires =\n  shop-money\n"),
        ("setup.py", "from setuptools import setup\nsetup(install_requires=['shop-money'])\n"),
        ("requirements.txt", "-e ../../libs/money\n"),
        ("requirements.txt", "../../libs/money[extra]  # the base\n"),
        ("requirements-dev.txt", "-r requirements.txt\n"),
    ],
)
def test_every_way_to_need_a_neighbour_is_an_edge(name: str, content: str) -> None:
    files = {f"services/app/{name}": content, "services/app/app.py": ""}
    if name == "requirements-dev.txt":
        files["services/app/requirements.txt"] = "../../libs/money\n"

    made = plan(request_for(SHOP | files, changed("libs/money/src/shop_money/__init__.py")))

    assert "services/app" in projects(made)


def test_nothing_is_installed_where_the_repository_provides_everything() -> None:
    made = plan(request_for(SHOP, changed("libs/money/src/shop_money/__init__.py")))

    steps = [step for each in made.jobs for step in each.spec.steps if "lint" not in each.name]
    assert not any(".venv && " in step and "pytest" not in step for step in steps)
    assert all(each.spec.caches == () for each in made.jobs)


def test_the_path_names_the_neighbours() -> None:
    files = SHOP | {"libs/pricing/tests/test_pricing.py": ""}

    made = plan(request_for(files, changed("libs/pricing/src/shop_pricing/__init__.py")))

    (step,) = job(made, "test:libs/pricing").spec.steps
    assert 'PYTHONPATH="$PWD/src:$PWD:$PWD/../money/src:$PWD/../money${' in step


def test_third_party_requirements_are_installed_and_cached_by_their_lock() -> None:
    files = SHOP | {
        "services/mail/pyproject.toml": pyproject("shop-mail", "httpx2>=2", "shop-money"),
        "services/mail/tests/test_mail.py": "",
    }

    made = plan(request_for(files, changed("services/mail/mail.py")))

    install, _ = job(made, "build:services/mail").spec.steps
    assert install.endswith("--disable-pip-version-check 'httpx2>=2'")
    (cache,) = job(made, "test:services/mail").spec.caches
    assert (cache.type, cache.key.startswith("python:deps:")) == ("deps", True)


def test_a_name_that_the_repository_provides_is_never_looked_up_elsewhere() -> None:
    build_system = '[build-system]\nrequires = ["hatchling"]\n'
    files = SHOP | {
        "services/mail/pyproject.toml": pyproject("shop-mail", "shop-pricing", "rich")
        + build_system,
    }

    made = plan(request_for(files, changed("services/mail/mail.py")))

    install = job(made, "build:services/mail").spec.steps[0]
    assert install.endswith(
        "--editable=../../libs/money --editable=../../libs/pricing --editable=."
    )


@pytest.mark.parametrize(
    ("lock", "command"),
    [
        ("uv.lock", "uv sync --frozen --group=dev"),
        ("poetry.lock", "poetry install --no-interaction"),
        ("pdm.lock", "pdm install --frozen-lockfile"),
    ],
)
def test_a_lock_file_is_installed_by_its_own_tool(lock: str, command: str) -> None:
    content = pyproject("shop-mail", "rich") + '[dependency-groups]\ndev = ["pytest"]\n'
    files = SHOP | {"services/mail/pyproject.toml": content, lock: ""}

    made = plan(request_for(files, changed("services/mail/mail.py")))

    install = job(made, "build:services/mail").spec.steps[0]
    assert command in install
    assert "else python3 -m venv .venv" in install


def test_a_shared_lock_file_reaches_every_project_below_it() -> None:
    made = plan(request_for(SHOP | {"libs/uv.lock": ""}, changed("libs/uv.lock")))

    assert "unknown ownership" in made.explain

    owned = SHOP | {"libs/uv.lock": "", "libs/pyproject.toml": pyproject("libs")}
    made = plan(request_for(owned, changed("libs/uv.lock")))

    assert projects(made) == {"libs", "libs/money", "libs/pricing"}
    assert job(made, "build:libs/money").reason == (
        "python build triggered by change in shared files: libs/uv.lock (project: libs/money)"
    )


def test_an_included_requirements_file_is_shared() -> None:
    files = SHOP | {
        "pyproject.toml": pyproject("root"),
        "base.py": "",
        "requirements.txt": "rich\n",
        "services/mail/requirements.txt": "-r ../../requirements.txt\n",
    }

    made = plan(request_for(files, changed("requirements.txt")))

    assert "services/mail" in projects(made)


def test_settings_without_a_project_are_no_project() -> None:
    files = SHOP | {"pyproject.toml": "[tool.ruff]\nline-length = 100\n"}

    made = plan(request_for(files, changed("services/mail/mail.py")))

    assert projects(made) == {"services/mail"}
    assert "discovered pyproject.toml" in made.explain


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pyproject.toml", "= broken"),
        ("pyproject.toml", b"\xff\xfe"),
        ("pyproject.toml", "a = " + "[" * 5000),
        ("setup.cfg", "no section\n"),
    ],
)
def test_an_unreadable_manifest_widens_the_plan(name: str, content: str | bytes) -> None:
    files = SHOP | {f"libs/odd/{name}": content, "libs/odd/odd.py": ""}

    made = plan(request_for(files, changed("services/mail/mail.py")))

    assert made.skipped_jobs == ()
    assert f"libs/odd/{name} is unreadable" in made.explain


@pytest.mark.parametrize(
    "source",
    ["setup(**read())", "setup(install_requires=read())", "def (", "(" * 3000, "\0"],
)
def test_requirements_computed_by_setup_py_are_installed(source: str) -> None:
    files = {"setup.py": source, "app.py": ""}

    build = plan(request_for(files, changed("app.py"))).jobs[0]

    assert build.spec.steps[0].endswith("--editable=.")


def test_what_the_planner_reads_is_never_run() -> None:
    files = {"setup.py": "import os\nos.abort()\n", "app.py": ""}

    assert plan(request_for(files, changed("app.py"))).jobs

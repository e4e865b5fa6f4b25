import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from deltaci.planner.canonical import plan_to_json
from deltaci.planner.model import Change, ChangeKind, Diff, PlanRequest
from deltaci.planner.plan import plan
from deltaci.planner.validation import check_jobs
from deltaci.testing.trees import MemoryTree, changed, request_for

FOLDERS = ["", "a/", "a/b/", "libs/x/", "libs/y/", "services/z/"]
KINDS: dict[str, Callable[[str, str], dict[str, str]]] = {
    "go": lambda name, need: {
        "go.mod": f"module m/{name}\n" + (f"require m/{need} v1\n" if need else ""),
        "main.go": "",
    },
    "python": lambda name, need: {
        "pyproject.toml": (
            f'[project]\nname = "{name}"\nversion = "1"\n'
            + (f'dependencies = ["{need}"]\n' if need else "")
        ),
        "pkg.py": "",
        "tests/test_pkg.py": "",
    },
    "node": lambda name, need: {
        "package.json": json.dumps(
            {
                "name": name,
                "scripts": {"build": "b", "test": "t"},
                "dependencies": {need: "*"} if need else {},
            }
        ),
        "index.js": "",
    },
    "docker": lambda _name, _need: {"Dockerfile": "FROM scratch"},
    "make": lambda _name, _need: {"Makefile": "build:\ntest:\n"},
}
NAMES = ["one", "two", "three", "four"]


@st.composite
def repositories(draw: st.DrawFn) -> dict[str, str]:
    files = {"README.md": ""}
    for folder in draw(st.lists(st.sampled_from(FOLDERS), unique=True, min_size=1)):
        for kind in draw(st.lists(st.sampled_from(sorted(KINDS)), unique=True, min_size=1)):
            name = draw(st.sampled_from(NAMES))
            need = draw(st.sampled_from(["", *NAMES]))
            files |= {folder + path: text for path, text in KINDS[kind](name, need).items()}
    return files


@st.composite
def requests(draw: st.DrawFn) -> PlanRequest:
    files = draw(repositories())
    known = st.sampled_from(sorted(files))
    new = st.sampled_from(["docs/x.md", "a/new.py", "libs/x/y.go", "data.bin", "web/a.ts", "\n"])
    paths = draw(st.lists(known | new, max_size=5))
    kinds = st.sampled_from([ChangeKind.ADDED, ChangeKind.MODIFIED, ChangeKind.DELETED])
    changes = tuple(Change(draw(kinds), path) for path in paths)
    diff = Diff(unavailable="shallow") if draw(st.booleans()) and not paths else Diff(changes)
    return request_for(files, diff, fork=draw(st.booleans()))


@given(requests())
@settings(max_examples=150, deadline=None)
def test_every_known_job_is_planned_or_skipped_exactly_once(request: PlanRequest) -> None:
    everything = plan(replace(request, diff=Diff(unavailable="on purpose")))

    made = plan(request)

    planned = [job.name for job in made.jobs]
    skipped = [job.name for job in made.skipped_jobs]
    assert sorted(planned + skipped) == sorted(job.name for job in everything.jobs)
    assert len(set(planned + skipped)) == len(planned) + len(skipped)


@given(requests())
@settings(max_examples=150, deadline=None)
def test_every_job_says_why_and_waits_only_for_jobs_of_the_plan(request: PlanRequest) -> None:
    made = plan(request)

    check_jobs(made.jobs)
    assert all(job.reason for job in made.jobs)
    assert all(job.reason for job in made.skipped_jobs)
    assert made.explain.isprintable()
    if request.fork:
        assert all(cache.read_only for job in made.jobs for cache in job.spec.caches)


@given(requests(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_of_the_input_changes_nothing(
    request: PlanRequest, shuffle: random.Random
) -> None:
    assert isinstance(request.tree, MemoryTree)
    paths = list(request.tree.contents)
    changes = list(request.diff.changes)
    shuffle.shuffle(paths)
    shuffle.shuffle(changes)
    tree = MemoryTree({path: request.tree.contents[path] for path in paths}, request.tree.kinds)

    shuffled = replace(request, tree=tree, diff=replace(request.diff, changes=tuple(changes)))

    assert plan_to_json(plan(shuffled)) == plan_to_json(plan(request))


@given(requests(), st.sampled_from(["x.py", "libs/x/main.go", "a/index.js", "go.mod"]))
@settings(max_examples=100, deadline=None)
def test_a_larger_change_never_plans_less(request: PlanRequest, more: str) -> None:
    larger = Diff((*request.diff.changes, Change(ChangeKind.MODIFIED, more)))
    if request.diff.unavailable or not request.diff.changes:
        return

    before = {job.name for job in plan(request).jobs}

    assert before <= {job.name for job in plan(replace(request, diff=larger)).jobs}


def test_the_plan_id_follows_every_input() -> None:
    files = {"go.mod": "module m\n", "main.go": ""}
    base = request_for(files, changed("main.go"))

    others = [
        replace(base, repo_id="other"),
        replace(base, commit_sha="b" * 40),
        replace(base, fork=True),
        replace(base, diff=changed("other.go")),
        request_for(files | {"x": ""}, changed("main.go")),
    ]

    ids = {plan(request).plan_id for request in [base, *others]}
    assert len(ids) == len(others) + 1
    assert plan(base).plan_id == plan(base).plan_id


FRESH = """
import hashlib
from deltaci.planner.canonical import plan_to_json
from deltaci.planner.plan import plan
from deltaci.testing.trees import changed, request_for
files = {"README.md": ""}
for index in range(12):
    need = f'dependencies = ["p{index - 3}", "rich", "six"]' if index > 2 else ""
    files[f"p{index}/pyproject.toml"] = f'[project]\\nname = "p{index}"\\n{need}\\n'
    files[f"p{index}/tests/test_x.py"] = ""
    files[f"g{index}/go.mod"] = f"module g{index}\\nrequire g{(index + 1) % 12} v1\\n"
made = plan(request_for(files, changed("p1/x.py", "g4/x.go", "p2/README.md")))
print(hashlib.sha256(plan_to_json(made)).hexdigest())
"""


def test_fresh_processes_agree_to_the_byte() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", FRESH],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }

    assert len(printed) == 1
    assert len(printed.pop().strip()) == hashlib.sha256().digest_size * 2

"""How long a cold process needs to plan a monorepo, beside what git alone needs.

Run: python -m benchmarks.planner [--projects 200 1000 5000] [--repeats 5] [--json]

A third of the projects each is Go, Python and Node; within a language they form a binary tree of
needs, and the change is in the source of one Python project on its third level. `cold` is a whole
new interpreter: start, imports, git, plan, JSON; `cpu` is the processor time of that, which other
load on the machine does not disturb. `warm` is the same work in a process that has done it before.
The floor is `git diff` and `git ls-tree` for the same commits, one after the other.
"""

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from deltaci.vcs.preview import preview

PLAN = """\
import asyncio, sys
from pathlib import Path
from deltaci.planner.canonical import plan_to_json
from deltaci.vcs.preview import preview
plan = asyncio.run(preview(Path(sys.argv[1]), "HEAD~1", "HEAD"))
sys.stdout.write(f"{len(plan_to_json(plan))} {len(plan.jobs)} {len(plan.skipped_jobs)}")
"""
PYPROJECT = """\
[project]
name = "p{index:05}"
version = "1.0"
dependencies = [{needs}]

[dependency-groups]
dev = ["pytest>=8"]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""
CHANGED = 4
TARGET_SECONDS = {1000: 0.3}


def project_files(index: int) -> Iterator[tuple[str, str]]:
    root = f"projects/p{index:05}"
    kind, position = index % 3, index // 3
    need = (position - 1) // 2 * 3 + kind if position else -1
    if kind == 0:
        requires = f"require example.com/p{need:05} v0.0.0\n" if need >= 0 else ""
        replaces = f"replace example.com/p{need:05} => ../p{need:05}\n" if need >= 0 else ""
        yield f"{root}/go.mod", f"module example.com/p{index:05}\n\ngo 1.23\n{requires}{replaces}"
        yield f"{root}/main.go", f"package main // {index}\n"
        yield f"{root}/main_test.go", f"package main // test {index}\n"
    elif kind == 1:
        named = f'"p{need:05}"' if need >= 0 else ""
        yield f"{root}/pyproject.toml", PYPROJECT.format(index=index, needs=named)
        yield f"{root}/src/p{index:05}/__init__.py", f"VALUE = {index}\n"
        yield f"{root}/tests/test_value.py", f"def test_value(): assert {index} is not None\n"
    else:
        needs = {f"p{need:05}": "workspace:*"} if need >= 0 else {}
        scripts = {"build": "tsc", "test": "node --test", "lint": "eslint ."}
        package = {"name": f"p{index:05}", "scripts": scripts, "dependencies": needs}
        yield f"{root}/package.json", json.dumps(package)
        yield f"{root}/src/index.js", f"module.exports = {index}\n"
        yield f"{root}/src/index.test.js", f"// {index}\n"


def make_repository(path: Path, projects: int) -> None:
    """Two commits written with fast-import: everything, then one changed source file."""
    stream = ["commit refs/heads/main\ncommitter b <b@b> 1 +0000\ndata 1\n1"]
    for index in range(projects):
        for name, content in project_files(index):
            stream.append(f"M 100644 inline {name}\ndata {len(content)}\n{content}")
    module = f"p{CHANGED * 3 + 1:05}"
    content = "VALUE = 'changed'\n"
    stream.append("commit refs/heads/main\ncommitter b <b@b> 2 +0000\ndata 1\n2")
    name = f"projects/{module}/src/{module}/__init__.py"
    stream.append(f"M 100644 inline {name}\ndata {len(content)}\n{content}")
    git(path, "init", "--quiet", "--bare", "--initial-branch=main")
    git(path, "fast-import", "--quiet", stdin="\n".join(stream) + "\n")


def git(path: Path, *arguments: str, stdin: str = "") -> bytes:
    command = ["git", "-C", str(path), *arguments]
    return subprocess.run(command, input=stdin.encode(), capture_output=True, check=True).stdout


def floor(path: Path) -> None:
    git(path, "diff", "--raw", "-r", "-z", "-M", "HEAD~1", "HEAD")
    git(path, "ls-tree", "-r", "-z", "HEAD")


def cold_plan(path: Path) -> bytes:
    command = [sys.executable, "-c", PLAN, str(path)]
    return subprocess.run(command, capture_output=True, check=True).stdout


def warm_plan(path: Path) -> None:
    asyncio.run(preview(path, "HEAD~1", "HEAD"))


def median_seconds(work: Callable[[Path], object], path: Path, repeats: int) -> float:
    def once() -> float:
        start = time.perf_counter()
        work(path)
        return time.perf_counter() - start

    return statistics.median(once() for _ in range(repeats))


def processor_seconds(work: Callable[[Path], object], path: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work(path)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(projects: int, repeats: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        make_repository(path, projects)
        _, jobs, skipped = cold_plan(path).split()
        least = median_seconds(floor, path, repeats)
        cold = median_seconds(cold_plan, path, repeats)
        cpu = statistics.median(processor_seconds(cold_plan, path) for _ in range(repeats))
        warm = median_seconds(warm_plan, path, repeats)
    target = TARGET_SECONDS.get(projects)
    return {
        "projects": projects,
        "jobs": int(jobs),
        "skipped": int(skipped),
        "floor_ms": round(least * 1000, 1),
        "cold_ms": round(cold * 1000, 1),
        "cold_cpu_ms": round(cpu * 1000, 1),
        "warm_ms": round(warm * 1000, 1),
        "cold_over_floor": round(cold / least, 1),
        "within_target": None if target is None else cold <= target,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--projects", type=int, nargs="+", default=[200, 1000, 5000])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results = [measure(projects, options.repeats) for projects in options.projects]
    if options.json:
        print(json.dumps(results, indent=2))
        return
    print(f"{'projects':>8} {'jobs':>6} {'floor':>9} {'cold':>9} {'cpu':>9} {'warm':>9} cold/floor")
    for result in results:
        print(
            f"{result['projects']:>8} {result['jobs']:>6} {result['floor_ms']:>7}ms "
            f"{result['cold_ms']:>7}ms {result['cold_cpu_ms']:>7}ms {result['warm_ms']:>7}ms "
            f"{result['cold_over_floor']:>10}"
        )


if __name__ == "__main__":
    main()

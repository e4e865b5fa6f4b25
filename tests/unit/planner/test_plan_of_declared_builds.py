"""`build` of ci.ai.yaml: which runs register what, as far as the commit itself says it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from deltaci.planner.canonical import plan_to_json
from deltaci.planner.model import EntryKind, Plan, PlanError, PlannedBuild
from deltaci.planner.plan import plan
from deltaci.testing.trees import changed, request_for

PLACE = "s3://artifacts/shop-{version}.zip"


def config(build: dict[str, Any], **job: Any) -> str:
    jobs = {"package": {"steps": ["true"], **job}, "test": {"steps": ["true"]}}
    return json.dumps({"version": 1, "jobs": jobs, "build": {"service": "shop", **build}})


def planned(
    build: dict[str, Any],
    files: dict[str, str] | None = None,
    *,
    ref: str = "refs/heads/main",
    fork: bool = False,
    kinds: dict[str, EntryKind] | None = None,
    **job: Any,
) -> Plan:
    tree = {"ci.ai.yaml": config(build, **job), **(files or {})}
    request = request_for(tree, changed("main.py"), fork=fork, kinds=kinds)
    request = replace(request, ref=ref, default_branch="main")
    return plan(request)


def version_of(source: dict[str, str], files: dict[str, str] | None = None) -> tuple[str, str]:
    build = planned({"version": source, "artifact_ref": PLACE}, files).build
    assert build is not None
    return build.version, build.problem


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("VERSION", "1.2.3\n"),
        ("services/shop/VERSION.txt", "\ufeff 1.2.3 \r\n"),
        ("pyproject.toml", '[project]\nname = "shop"\nversion = "1.2.3"\n'),
        ("services/shop/pyproject.toml", '[tool.poetry]\nversion = "1.2.3"\n'),
        ("package.json", '{"version": "1.2.3"}'),
        ("Cargo.toml", '[package]\nversion = "1.2.3"\n'),
    ],
)
def test_a_file_of_the_commit_says_the_version(name: str, content: str) -> None:
    assert version_of({"file": name}, {name: content}) == ("1.2.3", "")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("VERSION", ""),
        ("VERSION", "1.2.3\n4.5.6\n"),
        ("VERSION", "1.2.3\x1b[31m"),
        ("VERSION", "1" * 201),
        ("pyproject.toml", "[project]\ndynamic = ['version']\n"),
        ("pyproject.toml", "[project"),
        ("pyproject.toml", "project = 1"),
        ("pyproject.toml", "x = " + "[" * 5000),
        ("package.json", '{"version": 1}'),
        ("package.json", "[]"),
        ("package.json", "[" * 100_000),
        ("Cargo.toml", "[package]\nversion.workspace = true"),
    ],
)
def test_a_file_that_says_none_is_noted_and_fails_no_plan(name: str, content: str) -> None:
    version, problem = version_of({"file": name}, {name: content})

    assert version == ""
    assert problem.startswith(f"{name} says ")


def test_what_is_no_file_says_no_version() -> None:
    source = {"version": {"file": "VERSION"}, "artifact_ref": PLACE}
    linked = planned(source, {"VERSION": "/etc/passwd"}, kinds={"VERSION": EntryKind.SYMLINK})

    assert version_of({"file": "VERSION"}) == ("", "VERSION is not a file of the commit")
    assert linked.build is not None
    assert linked.build.problem == "VERSION is not a file of the commit"


def test_placeholders_are_filled_once() -> None:
    place = "s3://artifacts/{version}/{commit}/shop-{version}.zip"
    artifact = {"job": "package", "path": "dist/shop-{version}.zip"}
    made = planned(
        {"version": {"value": "1.2.3-{commit}"}, "artifact_ref": place, "artifact": artifact}
    )

    commit = "a" * 40
    assert made.build == PlannedBuild(
        service="shop",
        version="1.2.3-{commit}",
        artifact_ref=f"s3://artifacts/1.2.3-{{commit}}/{commit}/shop-1.2.3-{{commit}}.zip",
        job="package",
        path="dist/shop-1.2.3-{commit}.zip",
    )
    assert made.explain.endswith("registers shop 1.2.3-{commit} when green")


@pytest.mark.parametrize(
    ("build", "ref", "registers"),
    [
        ({}, "refs/heads/main", True),
        ({}, "main", True),
        ({}, "refs/heads/main2", False),
        ({}, "refs/tags/main", False),
        ({}, "refs/pull/1/head", False),
        ({}, "", False),
        ({"refs": ["release/*"]}, "refs/heads/release/1", True),
        ({"refs": ["release/*"]}, "refs/heads/main", False),
        ({"refs": ["refs/tags/v*"]}, "refs/tags/v1", True),
        ({"version": {"tag": "v{version}"}}, "refs/tags/v1.2.3", True),
        ({"version": {"tag": "v{version}"}}, "refs/tags/1.2.3", False),
        ({"version": {"tag": "v{version}"}}, "refs/tags/v", False),
        ({"version": {"tag": "v{version}"}}, "refs/heads/v1.2.3", False),
        ({"version": {"tag": "v{version}"}}, "v1.2.3", False),
        ({"version": {"tag": "v{version}"}, "refs": ["main"]}, "refs/tags/v1.2.3", False),
    ],
)
def test_only_runs_of_its_refs_register(build: dict[str, Any], ref: str, registers: bool) -> None:
    made = planned({"version": {"value": "1.2.3"}, "artifact_ref": PLACE} | build, ref=ref)

    assert (made.build is not None) is registers
    assert ("registers no build: " in made.explain) is not registers
    assert made.build is None or made.build.version == "1.2.3"


def test_a_fork_registers_nothing() -> None:
    made = planned({"version": {"value": "1.2.3"}, "artifact_ref": PLACE}, fork=True)

    assert made.build is None
    assert "registers no build: the change is from a fork" in made.explain


def test_a_run_without_the_job_that_stores_the_artifact_registers_nothing() -> None:
    build = {"version": {"value": "1.2.3"}, "artifact": {"job": "package", "path": "shop.zip"}}

    assert planned(build, paths=["src/**"]).build is None
    assert planned(build, paths=["main.py"]).build is not None


def test_plans_depend_on_the_ref_only_where_a_build_does() -> None:
    build = {"version": {"value": "1.2.3"}, "artifact_ref": PLACE}
    plain = {"ci.ai.yaml": json.dumps({"version": 1, "jobs": {"test": {"steps": ["true"]}}})}
    here, there = (
        plan(replace(request_for(plain, changed("main.py")), ref=ref)) for ref in ("main", "dev")
    )

    assert plan_to_json(here) == plan_to_json(there)
    assert planned(build).plan_id != planned(build, ref="refs/heads/dev").plan_id
    assert plan_to_json(planned(build)) == plan_to_json(planned(build))


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        ({"artifact_ref": PLACE}, "build.version: is required"),
        ({"version": {}, "artifact_ref": PLACE}, "exactly one of value, file and tag"),
        ({"version": {"value": "1", "file": "V"}, "artifact_ref": PLACE}, "exactly one of"),
        ({"version": {"value": 1.5}, "artifact_ref": PLACE}, "put it in quotes"),
        ({"version": {"file": "../V"}, "artifact_ref": PLACE}, "stays inside the repository"),
        ({"version": {"tag": "v"}, "artifact_ref": PLACE}, "build.version.tag"),
        ({"version": {"value": "1"}}, "needs artifact_ref, or artifact, or both"),
        ({"version": {"value": "1"}, "artifact_ref": "s" * 1001}, "build.artifact_ref"),
        ({"version": {"value": "1"}, "artifact_ref": PLACE, "refs": []}, "build.refs"),
        ({"version": {"value": "1"}, "artifact_ref": PLACE, "refs": ["x" * 201]}, "build.refs"),
        ({"version": {"value": "1\n2"}, "artifact_ref": PLACE}, "build.version.value"),
        ({"version": {"value": "1" * 201}, "artifact_ref": PLACE}, "build.version.value"),
        ({"version": {"value": "1"}, "artifact_ref": PLACE, "service": "../x"}, "build.service"),
        ({"version": {"value": "1"}, "artifact": {"job": "no", "path": "x"}}, "names no, which"),
        ({"version": {"value": "1"}, "artifact_ref": PLACE, "sign": True}, "unknown key"),
    ],
)
def test_a_build_that_makes_no_sense_fails_the_plan_with_its_key(
    build: dict[str, Any], problem: str
) -> None:
    with pytest.raises(PlanError, match=problem.replace(".", r"\.")):
        planned(build)

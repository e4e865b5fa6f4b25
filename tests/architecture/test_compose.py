"""The compose file against its schema, and against what `delta-ci up` runs."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from deltaci.local import parts, temporal
from deltaci.local.layout import DataDir
from deltaci.settings import Settings
from deltaci.wire.forges import Provider
from scripts.pages.settings import variables

ROOT = Path(__file__).resolve().parents[2]
# From compose-spec/compose-spec, Apache-2.0.
SCHEMA = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if "build" in service}

# How the image names what `delta-ci up` starts with the Python that it runs in.
IN_THE_IMAGE = {
    (*parts.PYTHON, "uvicorn"): ["uvicorn"],
    (*parts.PYTHON, "worker"): ["python", "-m", "worker"],
    parts.COMMAND_LINE: ["delta-ci"],
}


def _started_by_up(tmp_path: Path) -> dict[str, list[str]]:
    folder = DataDir(tmp_path)
    children = {
        "migrate": parts.migration({}),
        "api": parts.api({}, 8080),
        "worker": parts.worker({}),
        "runner": parts.runner("runner-1", "http://127.0.0.1:8080", "token", folder),
    }
    return {name: _as_in_the_image(child.argv) for name, child in children.items()}


def _as_in_the_image(argv: tuple[str, ...]) -> list[str]:
    for start, named in IN_THE_IMAGE.items():
        if argv[: len(start)] == start:
            return [*named, *argv[len(start) :]]
    raise AssertionError(f"the image has no name for {argv}")


def _shape(command: list[str]) -> tuple[list[str], set[str]]:
    """What a command does, and which options it takes, without the options' values."""
    joined = re.sub(r"(--[a-z-]+)[= ][^- ]\S*", r"\1", " ".join(command)).split()
    words = [word for word in joined if not word.startswith("--")]
    return words, {word for word in joined if word.startswith("--")}


def test_the_compose_file_follows_the_compose_schema() -> None:
    problems = [
        f"{error.json_path}: {error.message}"
        for error in Draft202012Validator(SCHEMA).iter_errors(COMPOSE)
    ]

    assert problems == []


@pytest.mark.parametrize("name", ["migrate", "api", "worker", "runner"])
def test_a_container_runs_what_the_local_stack_runs(name: str, tmp_path: Path) -> None:
    words, options = _shape(_started_by_up(tmp_path)[name])
    # A container's runner takes its name from its token.
    expected = words, options - {"--name"}

    assert _shape(SERVICES[name]["command"]) == expected


def test_several_of_each_serve() -> None:
    assert {name: SERVICES[name]["deploy"]["replicas"] for name in ("api", "worker")} == {
        "api": 2,
        "worker": 2,
    }


def test_every_variable_that_we_set_is_a_setting() -> None:
    unknown = {
        variable
        for name in OURS - {"runner"}
        for variable in SERVICES[name]["environment"]
        if variable not in variables()
    }

    assert unknown == set()


OUTSIDE = ("artifact", "deploy", "engine", "notifications", "otel", "proof", "tracking")
"""Beginnings of settings about others than forges: where they are, and what they may."""


def test_every_setting_about_the_outside_is_passed_on_as_it_is() -> None:
    """An empty value would take the place of a default, such as a forge's address."""
    outside = tuple(f"DELTA_CI_{name.upper()}_" for name in (*Provider, *OUTSIDE))
    expected = {name: None for name in variables() if name.startswith(outside)}

    for name in ("api", "worker"):
        passed = SERVICES[name]["environment"].items()
        assert {key: value for key, value in passed if key.startswith(outside)} == expected


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    references = re.findall(r"\$\{(\w*(?:PASSWORD|KEY)\w*)([^}]*)\}", text)

    assert references
    assert [name for name, rest in references if not rest.startswith(":?")] == []


def test_ports_are_published_on_this_host_only_and_temporal_has_none() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert set(published) == {"api", "temporal-ui"}
    assert [
        p for ports in published.values() for p in ports if not p.startswith("127.0.0.1:")
    ] == []


def test_a_runner_sees_the_api_and_nothing_else_of_ours() -> None:
    reachable = {
        name
        for name, service in SERVICES.items()
        if set(service["networks"]) & set(SERVICES["runner"]["networks"])
    }

    assert reachable == {"runner", "api"}
    assert set(SERVICES["runner"]["environment"]) == {"DELTA_CI_URL", "DELTA_CI_TOKEN"}


def test_a_container_is_given_longer_to_stop_than_its_process_takes() -> None:
    def seconds(name: str) -> int:
        return int(SERVICES[name]["stop_grace_period"].removesuffix("s"))

    drain = re.search(r"--timeout-graceful-shutdown=(\d+)", " ".join(SERVICES["api"]["command"]))

    assert drain
    assert Settings().lease_poll_max_seconds < int(drain[1]) < seconds("api")
    assert seconds("worker") > parts.worker({}).stop_grace_seconds
    assert seconds("runner") > 20


def test_everything_that_stays_up_restarts() -> None:
    finishing = {"migrate", "temporal-schema", "temporal-namespace"}
    staying = {name for name, service in SERVICES.items() if service["restart"] == "unless-stopped"}

    assert staying == set(SERVICES) - finishing


def test_production_has_the_same_search_attributes_as_the_local_stack() -> None:
    script = (ROOT / "deploy/temporal/namespace.sh").read_text()

    assert re.findall(r"--name (\w+) --type Keyword", script) == list(temporal.SEARCH_ATTRIBUTES)


def test_the_image_is_built_from_locks_and_runs_as_nobody_special() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    installs = [line for line in dockerfile.splitlines() if re.search(r"pip\b.* install ", line)]

    assert "USER 10001" in dockerfile
    assert len(installs) == 3
    assert [line for line in installs if not re.search("--require-hashes|--no-deps", line)] == []

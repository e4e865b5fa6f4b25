"""The locks pin what pyproject.toml asks for, by hash, and name no place on the network or disk."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
GROUPS = PROJECT["dependency-groups"]
BUILD = GROUPS["build"]
RUN = [*PROJECT["project"]["dependencies"], *(line for extra in EXTRAS.values() for line in extra)]
DEV = [*RUN, *BUILD, *(line for line in GROUPS["dev"] if isinstance(line, str))]

every_lock = pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)


def _pins(lock: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", lock.read_text(), re.MULTILINE):
        found.setdefault(canonicalize_name(name), []).append(version)
    return found


@every_lock
def test_a_lock_names_no_address_and_no_place(lock: Path) -> None:
    assert re.findall(r"\w+://\S*|^--.*|\s/\S+", lock.read_text(), re.MULTILINE) == []


@every_lock
def test_every_pin_has_a_hash(lock: Path) -> None:
    entries = re.split(r"\n(?=\S)", re.sub(r"^\s*#.*\n?", "", lock.read_text(), flags=re.MULTILINE))

    assert [entry for entry in entries if entry and "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize(
    ("lock", "wanted"), [("build", BUILD), ("run", RUN), ("dev", DEV)], ids=["build", "run", "dev"]
)
def test_a_lock_answers_what_the_project_asks_for(lock: str, wanted: list[str]) -> None:
    pins = _pins(ROOT / f"requirements/{lock}.lock")
    unmet = [
        line
        for line in wanted
        if not any(
            Requirement(line).specifier.contains(version)
            for version in pins.get(canonicalize_name(Requirement(line).name), [])
        )
    ]

    assert unmet == [], "run `make lock`"


def test_the_locks_agree_with_each_other() -> None:
    build, run, dev = (
        _pins(ROOT / f"requirements/{name}.lock") for name in ("build", "run", "dev")
    )

    assert {name: version for name, version in dev.items() if name in run} == run
    assert {name: version for name, version in dev.items() if name in build} == build

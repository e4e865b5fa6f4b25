import ast
import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / ".importlinter"
LINTER = Path(sys.executable).parent / "lint-imports"
SECTION = "importlinter:contract:"


def _configuration() -> ConfigParser:
    configuration = ConfigParser()
    configuration.read(RULES)
    return configuration


CONTRACTS = {
    section.removeprefix(SECTION): dict(_configuration()[section])
    for section in _configuration().sections()
    if section.startswith(SECTION)
}
LINTED = _configuration()["importlinter"]["root_packages"].split()


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINTER, "--no-logo", "--no-cache", "--config", RULES],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def _plant_import(folder: Path, importer: str, imported: str) -> None:
    with (folder.joinpath(*importer.split(".")) / "__init__.py").open("a") as module:
        module.write(f"import {imported}\n")


def _first_violation(contract: dict[str, str]) -> tuple[str, str]:
    if contract["type"] == "independence":
        importer, imported, *_ = contract["modules"].split()
        return importer, imported
    return contract["source_modules"].split()[0], contract["forbidden_modules"].split()[0]


@pytest.fixture
def empty_packages(tmp_path: Path) -> Path:
    """Every package that the rules name, with nothing in it."""
    named = re.findall(rf"^    (?:{'|'.join(LINTED)})[\w.]*$", RULES.read_text(), re.MULTILINE)
    for name in named:
        folder = tmp_path
        for part in name.strip().split("."):
            folder /= part
            folder.mkdir(exist_ok=True)
            (folder / "__init__.py").touch()
    return tmp_path


def test_empty_packages_break_no_rule(empty_packages: Path) -> None:
    result = _lint(empty_packages)

    assert result.returncode == 0, result.stdout


def test_every_import_rule_holds() -> None:
    result = _lint(ROOT)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_broken_import_rule_is_found(name: str, empty_packages: Path) -> None:
    _plant_import(empty_packages, *_first_violation(CONTRACTS[name]))

    result = _lint(empty_packages)

    assert result.returncode != 0
    assert f"{CONTRACTS[name]['name']} BROKEN" in " ".join(result.stdout.split())


def test_every_package_that_ships_is_linted() -> None:
    packages = {init.parent.name for init in ROOT.glob("*/__init__.py")}

    assert set(LINTED) == packages - {"benchmarks"}


def test_every_part_of_the_product_has_a_rule_of_its_own() -> None:
    parts = {f"deltaci.{init.parent.name}" for init in ROOT.glob("deltaci/*/__init__.py")}
    named = {module for contract in CONTRACTS.values() for module in _held_by(contract)}
    pure = CONTRACTS["pure"]

    assert parts - named == {"deltaci.testing"}
    assert parts - set(_held_by(pure)) <= set(pure["forbidden_modules"].split())


def _held_by(contract: dict[str, str]) -> list[str]:
    return (contract.get("source_modules") or contract["modules"]).split()


def test_the_worker_knows_neither_sql_nor_the_web_framework() -> None:
    """It is a module, which the linter cannot take as a root."""
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse((ROOT / "worker.py").read_text()))
        for name in _imported_by(node)
    }

    assert "deltaci" in imported
    assert not imported & {"sqlalchemy", "aiosqlite", "fastapi", "starlette", "api"}


def _imported_by(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []

import shutil
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
    place = folder.joinpath(*importer.split("."))
    file = place / "planted.py" if place.is_dir() else place.with_suffix(".py")
    with file.open("a") as module:
        module.write(f"\nimport {imported}\n")


def _first_violation(contract: dict[str, str]) -> tuple[str, str]:
    if contract["type"] == "independence":
        importer, imported, *_ = contract["modules"].split()
        return importer, imported
    return contract["source_modules"].split()[0], contract["forbidden_modules"].split()[0]


@pytest.fixture
def copied_packages(tmp_path: Path) -> Path:
    for name in LINTED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source.with_suffix(".py"), tmp_path)
    return tmp_path


def test_every_import_rule_holds() -> None:
    result = _lint(ROOT)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_broken_import_rule_is_found(name: str, copied_packages: Path) -> None:
    _plant_import(copied_packages, *_first_violation(CONTRACTS[name]))

    result = _lint(copied_packages)

    assert result.returncode != 0
    assert f"{CONTRACTS[name]['name']} BROKEN" in " ".join(result.stdout.split())


def test_every_package_that_ships_is_linted() -> None:
    shipped = {
        path.stem
        for path in ROOT.iterdir()
        if path.name == "worker.py" or (path.is_dir() and (path / "__init__.py").exists())
    }

    assert set(LINTED) == shipped - {"benchmarks"}

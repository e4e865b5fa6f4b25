"""The demo's repository builds, its changes apply, and they do to the tests what the story says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from examples.demo.shop import EXAMPLES, WAITING_TEST, Shop
from examples.demo.tax_service import TaxService

PROJECTS = ("libs/money", "libs/pricing", "services/checkout", "services/newsletter")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


def _passing(root: Path) -> set[str]:
    paths = os.pathsep.join(str(root / project / "src") for project in PROJECTS)
    running = {
        project: subprocess.Popen(
            [sys.executable, "-m", "unittest", "discover", "-s", root / project / "tests"],
            env={"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for project in PROJECTS
    }
    return {project for project, process in running.items() if process.wait() == 0}


def test_the_shop_is_green_as_it_stands() -> None:
    assert _passing(EXAMPLES / "shop") == set(PROJECTS)


def test_the_harmless_changes_keep_it_green(shop: Shop) -> None:
    shop.cap_discounts()
    shop.explain_prices()

    assert _passing(shop.path) == set(PROJECTS)


def test_the_breaking_change_breaks_one_project(shop: Shop) -> None:
    shop.round_halves_up()

    assert _passing(shop.path) == set(PROJECTS) - {"libs/money"}


def test_after_the_fix_only_the_service_is_missing(shop: Shop) -> None:
    tax_service = TaxService()
    shop.round_halves_up()
    shop.fix_rounding_and_ask_for_tax(tax_service.address)

    assert _passing(shop.path) == set(PROJECTS) - {"services/checkout"}
    tax_service.start()
    assert _passing(shop.path) == set(PROJECTS)


def test_the_hanging_test_is_on_its_own_branch(shop: Shop) -> None:
    shop.cap_discounts()
    shop.wait_for_mail()

    def at(revision: str) -> str:
        listing = subprocess.run(
            ["git", "grep", "--files-with-matches", "mail server that never answers", revision],
            cwd=shop.path,
            capture_output=True,
            text=True,
            check=False,
        )
        return listing.stdout.strip()

    assert "time.sleep(600)" in WAITING_TEST
    assert at("delivery") == "delivery:services/newsletter/tests/test_delivery.py"
    assert at("main") == ""

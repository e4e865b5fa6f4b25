"""The demo's repository builds, its changes apply, and they do to the tests what the story says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from examples.demo.post_receive import git, pull_requests_at
from examples.demo.shop import BRANCH, EXAMPLES, LETTER_TEST, WAITING_TEST, Shop
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


def test_the_hanging_test_goes_with_the_push_that_takes_its_place(shop: Shop) -> None:
    shop.cap_discounts()
    shop.wait_for_mail()
    hanging = shop.path / LETTER_TEST
    written = hanging.read_text()
    shop.round_halves_up()

    assert written == WAITING_TEST
    assert "time.sleep(600)" in WAITING_TEST
    assert not hanging.exists()


def test_pull_requests_move_along_with_their_branch(shop: Shop, tmp_path: Path) -> None:
    repository = tmp_path / "forge.git"
    subprocess.run(["git", "init", "--quiet", "--bare", repository], check=True)
    shop.publish(repository)
    shop.cap_discounts()
    before, folder = shop.push(BRANCH), str(repository)
    git("update-ref", "refs/pull/1/head", before, folder=folder)

    assert pull_requests_at(before, folder) == [1]
    assert pull_requests_at(git("rev-parse", "main", folder=folder), folder) == []
    assert pull_requests_at("0" * 40, folder) == []

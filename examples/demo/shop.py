"""The repository of the demo: examples/shop, and the changes that are made to it."""

import os
import shutil
import subprocess
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[1]
PARTS = {"go": EXAMPLES / "shop-go", "node": EXAMPLES / "shop-node"}
"""Folders that join the shop where the program that builds them is installed."""

BRANCH = "cap-discounts"
PRICING = "libs/pricing/src/shop_pricing/__init__.py"
MONEY = "libs/money/src/shop_money/__init__.py"
TAX = "services/checkout/src/shop_checkout/tax.py"
PROSE = "docs/prices.md"
GIT_ENVIRONMENT = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
"""Whatever the user has configured for git is left alone, and does not count here."""
LETTER_TEST = "services/newsletter/tests/test_delivery.py"

WAITING_TEST = """\
import time
import unittest


class DeliveryTest(unittest.TestCase):
    def test_the_mail_server_accepts_the_letter(self) -> None:
        print("waiting for a mail server that never answers", flush=True)
        time.sleep(600)
"""

TAX_SERVICE_CLIENT = '''\
"""Tax rates by country, asked of the tax service."""

from decimal import Decimal
from urllib.request import urlopen

SERVICE = "{address}"


def tax_rate(country: str) -> Decimal:
    """The rate as a fraction. Raises OSError when the service does not answer."""
    with urlopen(f"{{SERVICE}}/rates/{{country}}", timeout=5) as answer:
        return Decimal(answer.read().decode())
'''


class Shop:
    """A Git repository in `path`, made from the template."""

    def __init__(self, path: Path) -> None:
        self.path = path
        shutil.copytree(EXAMPLES / "shop", path, ignore=shutil.ignore_patterns("__pycache__"))
        for program, part in PARTS.items():
            if shutil.which(program):
                shutil.copytree(part, path, dirs_exist_ok=True)
        self._git("init", "--quiet", "--initial-branch=main")
        self._commit("Open the shop")

    def publish(self, forge: Path) -> None:
        """Push main to the repository on the forge."""
        self._git("remote", "add", "origin", str(forge))
        self._git("push", "--quiet", "origin", "main")

    def cap_discounts(self) -> None:
        """A harmless change of code, on a branch of its own."""
        self._git("switch", "--quiet", "--create", BRANCH)
        self._replace(PRICING, "1 - discount", "1 - min(discount, Decimal(1))")
        self._commit("Never charge less than nothing")

    def explain_prices(self) -> None:
        """A change of prose alone, on main; the branch stays what is worked on."""
        self._git("switch", "--quiet", "main")
        with (self.path / PROSE).open("a") as page:
            page.write("\nPrices in the shop window include tax.\n")
        self._commit("Explain tax in the shop window")
        self._git("switch", "--quiet", BRANCH)

    def wait_for_mail(self) -> None:
        """A test that hangs."""
        (self.path / LETTER_TEST).write_text(WAITING_TEST)
        self._commit("Test the delivery of letters")

    def round_halves_up(self) -> None:
        """A change that breaks what money promises; the test that hangs goes."""
        (self.path / LETTER_TEST).unlink(missing_ok=True)
        self._replace(MONEY, "ROUND_HALF_EVEN", "ROUND_HALF_UP")
        self._commit("Round halves up; deliver no letters in tests")

    def fix_rounding_and_ask_for_tax(self, tax_service: str) -> None:
        """The fix, together with a change whose test needs a running service."""
        self._replace(MONEY, "ROUND_HALF_UP", "ROUND_HALF_EVEN")
        (self.path / TAX).write_text(TAX_SERVICE_CLIENT.format(address=tax_service))
        self._commit("Round halves to even again; ask the tax service for rates")

    def push(self, branch: str) -> str:
        """Push a branch where it is seen; returns the commit."""
        print(f"\n$ git push origin {branch}", flush=True)
        self._git("push", "--no-progress", "origin", branch, shown=True)
        return self._git("rev-parse", branch)

    def _replace(self, name: str, old: str, new: str) -> None:
        file = self.path / name
        text = file.read_text()
        if old not in text:
            raise ValueError(f"{name} does not contain {old!r}")
        file.write_text(text.replace(old, new))

    def _commit(self, message: str) -> None:
        self._git("add", "--all")
        self._git("commit", "--quiet", f"--message={message}")

    def _git(self, *arguments: str, shown: bool = False) -> str:
        identity = ("-c", "user.name=Ada Example", "-c", "user.email=ada@example.test")
        result = subprocess.run(
            ["git", *identity, *arguments],
            cwd=self.path,
            env=GIT_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=None if shown else subprocess.PIPE,
            stderr=subprocess.STDOUT if shown else None,
            text=True,
            check=True,
        )
        return "" if shown else result.stdout.strip()

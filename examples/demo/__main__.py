"""`make demo`: the life of a change in one terminal, on a real stack that is gone afterwards."""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from examples.demo.shop import Shop
from examples.demo.stack import CommandLine, DemoFailedError, Stack
from examples.demo.tax_service import TaxService

FAILED, CANCELED = 1, 3
RUNNING_SECONDS = 30


class Story:
    """The scenes in order. Each commits something, creates a run, and shows what became of it."""

    def __init__(self, shop: Shop, command_line: CommandLine) -> None:
        self._shop = shop
        self._cli = command_line
        self._tax_service = TaxService()
        self._scenes = 0

    def tell(self) -> None:
        """All of it. Raises DemoFailedError when something goes another way."""
        self._cli.show("repo", "add", "shop", "--url", str(self._shop.path))
        self._code_change()
        self._docs_change()
        self._breaking_change()
        self._cancel()
        self._fix_and_rerun()

    def _code_change(self) -> None:
        self._scene(
            "A change of code",
            "libs/pricing changes. It is built and tested, and so is what depends on it;",
            "each job says why it runs, and what does not run says why not.",
        )
        self._shop.cap_discounts()
        run = self._create("main")
        self._cli.show("run", "watch", run)
        self._cli.show("run", "show", run)

    def _docs_change(self) -> None:
        self._scene("A change of prose", "Only docs/ changes: no test has to run.")
        self._shop.explain_prices()
        run = self._create("main")
        self._expect_no_tests(self._cli.ask("run", "watch", run))
        self._cli.show("run", "show", run)

    def _breaking_change(self) -> None:
        self._scene(
            "A change that breaks something",
            "libs/money now rounds halves up, which is not what it promises.",
        )
        self._shop.round_halves_up()
        self._cli.show("run", "watch", self._create("main"), exits=FAILED)

    def _cancel(self) -> None:
        self._scene("A test that hangs", "Its run is cancelled, and the processes go with it.")
        self._shop.wait_for_mail()
        run = self._create("delivery")
        self._wait_for_a_test_of(run)
        self._cli.show("run", "cancel", run, "--wait", exits=CANCELED)

    def _fix_and_rerun(self) -> None:
        self._scene(
            "The fix, and a rerun of the one job that failed",
            "Rounding is right again. The same commit asks a tax service, which is down.",
        )
        self._shop.fix_rounding_and_ask_for_tax(self._tax_service.address)
        run = self._create("main")
        self._cli.show("run", "watch", run, exits=FAILED)
        print("\nThe tax service is back. What was green stays as it is; one job runs again.")
        self._tax_service.start()
        failed = self._failed_job(run)
        self._cli.show("run", "rerun", run, "--job", failed, "--wait")

    def _scene(self, title: str, *lines: str) -> None:
        self._scenes += 1
        print(f"\n── {self._scenes} · {title} ".ljust(100, "─"))
        print("\n".join(lines), flush=True)

    def _create(self, ref: str) -> str:
        return str(self._cli.ask("run", "create", "shop", "--ref", ref)["run_id"])

    def _wait_for_a_test_of(self, run: str) -> None:
        deadline = time.monotonic() + RUNNING_SECONDS
        while time.monotonic() < deadline:
            for entry in self._cli.ask("run", "show", run)["jobs"]:
                if entry["job"]["state"] == "RUNNING" and entry["job"]["name"].startswith("test"):
                    return
            time.sleep(0.2)
        raise DemoFailedError(f"no test of {run} started within {RUNNING_SECONDS} s")

    def _expect_no_tests(self, detail: Any) -> None:
        names = [str(entry["job"]["name"]) for entry in detail["jobs"]]
        if any(name.startswith("test") for name in names):
            raise DemoFailedError(f"expected no tests, got {names}")

    def _failed_job(self, run: str) -> str:
        jobs = [entry["job"] for entry in self._cli.ask("run", "show", run)["jobs"]]
        failed = [str(job["name"]) for job in jobs if job["state"] == "FAILED"]
        if len(failed) != 1:
            raise DemoFailedError(f"expected one failed job, got {failed}")
        return failed[0]


def play(folder: Path, *, keep: bool) -> None:
    """Start a stack, tell the story, and stop it again unless it is to be kept."""
    began = time.monotonic()
    print("Starting Temporal, the API, a worker and two runners …", flush=True)
    stack = Stack(folder, runners=2)
    try:
        Story(Shop(folder / "shop"), CommandLine(stack.endpoints)).tell()
    except BaseException:
        stack.stop()
        raise
    print(f"\nThat took {time.monotonic() - began:.0f} s.")
    print_addresses(stack.endpoints)
    if keep:
        print(
            f"\nIt keeps running, with its data in {folder}. Stop it with: kill {stack.process.pid}"
        )
    else:
        stack.stop()
        print("\nStopped. `make demo KEEP=1` leaves it running, to look around.")


def print_addresses(endpoints: dict[str, str]) -> None:
    """Where the same runs can be seen in Temporal's UI and asked for over HTTP."""
    query = quote('CiRepo="shop"')
    print(f"  Temporal  {endpoints['temporal_ui_url']}/namespaces/default/workflows?query={query}")
    print(f"  API       {endpoints['api_url']}/api/v1/runs")


def main() -> int:
    """Run the demo. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the stack running at the end")
    keep = parser.parse_args().keep
    folder = Path(tempfile.mkdtemp(prefix="delta-ci-demo-"))
    try:
        play(folder, keep=keep)
    except DemoFailedError as error:
        print(f"\nThe demo went wrong: {error}\nWhat it left is in {folder}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        shutil.rmtree(folder, ignore_errors=True)
        return 130
    if not keep:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())

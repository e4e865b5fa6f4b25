"""`make demo`: the life of a change in one terminal, on a real stack that is gone afterwards."""

import argparse
import contextlib
import shutil
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from examples.demo.forge import Forge
from examples.demo.production import Production
from examples.demo.release import Release
from examples.demo.shop import Shop
from examples.demo.stack import CommandLine, DemoFailedError, Stack
from examples.demo.story import Story


def play(folder: Path, *, keep: bool) -> None:
    """Start a stack, tell the story, and stop it again unless it is to be kept."""
    began = time.monotonic()
    print(
        "Starting stand-ins for Gitea and for production, Temporal, the API, a worker and two "
        "runners …",
        flush=True,
    )
    with Production(folder / "production") as production, contextlib.ExitStack() as running:
        forge = Forge(folder / "forge")
        running.callback(forge.stop)
        addresses = {
            "DELTA_CI_GITEA_URL": forge.url,
            "DELTA_CI_ENGINE_PRIVATE_HOSTS": "127.0.0.1",  # where production is, for once
        }
        stack = Stack(folder, runners=2, settings=addresses)
        running.callback(stack.stop)
        command_line = CommandLine(stack.endpoints)
        release = Release(folder, production, command_line)
        shop = Shop(folder / "shop")
        Story(shop, forge, release, command_line, stack.endpoints["api_url"]).tell()
        print(f"\nThat took {time.monotonic() - began:.0f} s.")
        if keep:
            print_addresses(stack.endpoints, forge.url)
            running.pop_all()
            pids = f"{stack.process.pid} {forge.process.pid}"
            print(f"\nIt keeps running, with its data in {folder}. Stop it with: kill {pids}")
            return
    print("\nStopped. `make demo KEEP=1` leaves it running, to look around.")


def print_addresses(endpoints: dict[str, str], forge_url: str) -> None:
    """Where the same runs can be seen in Temporal's UI, over HTTP, and as the forge has them."""
    query = quote('CiRepo="shop"')
    print(f"  Temporal  {endpoints['temporal_ui_url']}/namespaces/default/workflows?query={query}")
    print(f"  API       {endpoints['api_url']}/api/v1/runs")
    print(f"  Forge     {forge_url}/_fake/state")


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

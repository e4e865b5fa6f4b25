"""Write the generated pages of the documentation, or with `--check` say which are out of date."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from scripts.pages import (
    architecture,
    ci_config,
    cli,
    errors,
    openapi,
    runner_protocol,
    settings,
    telemetry,
)

ROOT = Path(__file__).resolve().parent.parent

PAGES: dict[str, Callable[[str], str]] = {
    "docs/architecture.md": architecture.render,
    "docs/reference/ci.ai.schema.json": ci_config.render_schema,
    "docs/reference/ci.ai.yaml.md": ci_config.render,
    "docs/reference/cli.md": cli.render,
    "docs/reference/errors.md": errors.render,
    "docs/reference/metrics-and-audit.md": telemetry.render,
    "docs/reference/runner-protocol.md": runner_protocol.render,
    "docs/reference/openapi.json": openapi.render,
    "docs/reference/settings.md": settings.render,
}
"""Each page, and what makes its new text out of its present one."""


def stale_pages(root: Path) -> dict[Path, str]:
    """The pages whose text is not what it should be, with the text that it should be."""
    stale = {}
    for name, render in PAGES.items():
        page = root / name
        present = page.read_text() if page.exists() else ""
        wanted = render(present)
        if wanted != present:
            stale[page] = wanted
    return stale


def main() -> int:
    """Write or check. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when stale")
    check = parser.parse_args().check
    stale = stale_pages(ROOT)
    for page, text in stale.items():
        if not check:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(text)
        print(f"{page.relative_to(ROOT)}: {'out of date; run `make docs`' if check else 'written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())

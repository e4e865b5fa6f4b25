"""Draw docs/images/demo.svg: part of a scene of `make demo`, as it comes out on a terminal.

Run it with `.venv/bin/python -m scripts.picture_demo` when what the demo prints has changed.
"""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs/images/demo.svg"
WIDTH = 112
SCENE, UNTIL = 3, "And as a comment"
PASSING = re.compile(r"  (CREATED|PLANNING|QUEUED|LEASED|STARTING|RUNNING|UPLOADING)  ")
"""States that a terminal would have redrawn by the end."""
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
WEB_FONT = re.compile(r"@font-face \{\{.*?\}\}\n", re.DOTALL)
PAPER = TerminalTheme(
    (250, 250, 248),
    (56, 58, 66),
    [
        (56, 58, 66),
        (200, 52, 47),
        (45, 132, 62),
        (160, 110, 5),
        (40, 95, 200),
        (150, 40, 150),
        (5, 120, 150),
        (130, 134, 145),
    ],
)


def main() -> int:
    """Run the demo and draw it. Returns the exit code."""
    result = subprocess.run(
        [sys.executable, "-m", "examples.demo"],
        cwd=ROOT,
        env=os.environ | {"FORCE_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        print(result.stdout + result.stderr, file=sys.stderr)
        return 1
    lines = scene(result.stdout, SCENE)
    end = next(at for at, line in enumerate(lines) if UNTIL in line)
    draw(lines[: end - 1])
    print(f"{PICTURE.relative_to(ROOT)}: written")
    return 0


def scene(story: str, number: int) -> list[str]:
    """Return the lines of one scene as they stand at its end."""
    lines = story.splitlines()
    edges = [at for at, line in enumerate(lines) if line.startswith(("── ", "That took"))]
    told = lines[edges[number - 1] : edges[number]]
    return [line for line in told if not PASSING.search(f"{ESCAPE.sub('', line)}  ")]


def draw(lines: list[str]) -> None:
    """Write the picture; it needs no font from anywhere."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), color_system="truecolor")
    for line in lines:
        text = Text.from_ansi(line)
        text.truncate(WIDTH, overflow="ellipsis")
        console.print(text, overflow="ignore", no_wrap=True)
    template = WEB_FONT.sub("", CONSOLE_SVG_FORMAT)
    PICTURE.parent.mkdir(exist_ok=True)
    svg = console.export_svg(title="make demo", theme=PAPER, code_format=template, unique_id="demo")
    PICTURE.write_text(svg)


if __name__ == "__main__":
    sys.exit(main())

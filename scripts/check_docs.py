"""Hold the pages against the product: links, commands, settings, files, make targets."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from deltaci.cli.main import app
from scripts.pages.settings import variables

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"(?<!\\)\]\(([^)\s]+)\)")
OUTSIDE = ("http://", "https://", "mailto:")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHELL = frozenset({"console", "sh"})
INLINE = re.compile(r"`(delta-ci [^(`\n][^`\n]*)`")
SETTING = re.compile(r"\bDELTA_CI_[A-Z0-9_]*[A-Z0-9]\b")
PATH = re.compile(r"`((?:api|activities|deltaci|scripts|tests|workflows)/[\w./-]+)`")
TARGET = re.compile(r"\bmake (?:-C \S+ )?([a-z][a-z-]*)")
CONTINUED = re.compile(r"\\\n(?:> )?\s*")
COMMAND = re.compile(r"(?:^|(?<!-C) |[/(])delta-ci ")
PASSED_ON = frozenset(
    {
        *("DELTA_CI_RUNNER_TOKEN", "DELTA_CI_DATABASE_PASSWORD"),  # of docker-compose.yml
        "DELTA_CI_REPO_ID",
        *("DELTA_CI_COMMIT_SHA", "DELTA_CI_REF", "DELTA_CI_ATTEMPT"),  # given to jobs
        *(
            f"DELTA_CI_{name}" for name in ("SERVICE", "VERSION", "ENVIRONMENT", "SHA256")
        ),  # as above
        *("DELTA_CI_ARTIFACT_REF", "DELTA_CI_GIT_SHA", "DELTA_CI_PREVIOUS_VERSION"),
        *("DELTA_CI_DEPLOYMENT_ID", "DELTA_CI_DEPLOYMENT_KIND"),
    }
)
"""Variables that neither the server nor an option reads."""


def pages(root: Path = ROOT) -> list[Path]:
    """Every Markdown file that is part of the project."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=root,
        capture_output=True,
        check=True,
    )
    return [root / name for name in sorted(listed.stdout.decode().split("\0")) if name]


def problems(page: Path) -> list[str]:
    """What is wrong on this page, a sentence each."""
    text = page.read_text()
    return [*broken_links(page, text), *unknown_commands(text), *unknown_names(text)]


def broken_links(page: Path, text: str) -> Iterator[str]:
    """Links to files and headings that are not there."""
    for target in LINK.findall(FENCE.sub("", text)):
        if target.startswith(OUTSIDE):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            yield f"links to {target}, which is not there"
        elif anchor and anchor not in _anchors(file.read_text()):
            yield f"links to {target}, and there is no such heading"


def unknown_commands(text: str) -> Iterator[str]:
    """Commands and options of `delta-ci` that it does not have."""
    for line in _commands(text):
        command, rest = typer.main.get_command(app), _arguments(line)
        while rest and rest[0] in (children := getattr(command, "commands", {})):
            command = children[rest.pop(0)]
        if getattr(command, "commands", None) and rest and not rest[0].startswith("-"):
            yield f"shows `{line}`, and there is no command {rest[0]}"
        yield from (f"shows `{line}`, which has no {name}" for name in _foreign(command, rest))


def unknown_names(text: str) -> Iterator[str]:
    """Settings, files of ours and make targets that do not exist."""
    known = _variables(typer.main.get_command(app)) | PASSED_ON
    known |= variables().keys()
    yield from (f"names {name}" for name in sorted(set(SETTING.findall(text)) - known))
    yield from (f"names {path}" for path in PATH.findall(text) if not (ROOT / path).exists())
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for code in _code(text) for name in TARGET.findall(code)}
    yield from (f"names `make {name}`" for name in sorted(named - targets))


def _anchors(text: str) -> set[str]:
    """The names that GitHub gives to a page's headings."""
    headings = HEADING.findall(FENCE.sub("", text))
    return {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in headings}


def _code(text: str) -> Iterator[str]:
    """Shell lines of code blocks, and code within sentences that is a command."""
    for language, block in FENCE.findall(text):
        if language in SHELL:
            lines = CONTINUED.sub("", block).splitlines()
            yield from [line[2:] for line in lines if line.startswith(("$ ", "> "))] or lines
    yield from re.findall(r"`(make [^`\n]+)`", text)


def _commands(text: str) -> Iterator[str]:
    yield from (line for line in _code(text) if COMMAND.search(line))
    yield from INLINE.findall(text)


def _arguments(line: str) -> list[str]:
    """What follows `delta-ci`, up to the end of that command."""
    after = COMMAND.split(line, maxsplit=1)[-1]
    ended = re.split(r"[)|;]|&&|>>|\s#", after, maxsplit=1)[0]
    return shlex.split(ended.replace("…", ""))


def _foreign(command: Any, arguments: Sequence[str]) -> list[str]:
    known = {name for each in command.params for name in each.opts} | {"--help"}
    given = [each.split("=")[0] for each in arguments if each.startswith("-")]
    return [name for name in given if name not in known]


def _variables(command: Any) -> set[str]:
    named = [each.envvar for each in command.params if each.envvar]
    own = {name for each in named for name in ([each] if isinstance(each, str) else each)}
    return own.union(*(_variables(each) for each in getattr(command, "commands", {}).values()))


def main() -> int:
    """Check every page. Returns the exit code."""
    found = [f"{page.relative_to(ROOT)}: {each}" for page in pages() for each in problems(page)]
    print("\n".join(found) or "every link, command and setting on the pages exists")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

CONNECTION = "Connection"
DEFAULT_DATA_DIR = Path(".delta-ci")

Url = Annotated[
    str | None,
    typer.Option(
        envvar="DELTA_CI_URL",
        help="Server address. Default: the local stack's.",
        rich_help_panel=CONNECTION,
    ),
]
Server = Annotated[
    str | None,
    typer.Option(
        "--server",
        envvar="DELTA_CI_URL",
        help="Server address, where `--url` means something else. Default: the local stack's.",
        rich_help_panel=CONNECTION,
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        envvar="DELTA_CI_TOKEN",
        help="Access token; the variable keeps it out of the process list.",
        rich_help_panel=CONNECTION,
    ),
]
Local = Annotated[
    Path,
    typer.Option(
        "--data-dir",
        envvar="DELTA_CI_DATA_DIR",
        help="Data folder of the local stack.",
        rich_help_panel=CONNECTION,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output, nothing else.")]
Wait = Annotated[
    bool, typer.Option("--wait", help="Show progress until the run ends; exit with its outcome.")
]
RepoName = Annotated[str, typer.Argument(metavar="REPO", help="Repository name (`repo_id`).")]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="Run id.")]
Key = Annotated[
    str,
    typer.Option(
        "--idempotency-key", help="Repeating the command with the same key changes nothing."
    ),
]

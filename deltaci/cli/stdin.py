"""Secrets come by standard input: the process list and the shell's history show arguments."""

import sys

import typer


def read_secret(what: str) -> str:
    """Return one line of standard input; a terminal is asked, and does not show it."""
    if sys.stdin.isatty():
        return str(typer.prompt(what, hide_input=True))
    secret = sys.stdin.readline().rstrip("\r\n")
    if not secret:
        raise typer.BadParameter(f"a line of standard input must be the {what.lower()}")
    return secret

"""The demo's forge: a stand-in for Gitea, and a bare repository that is pushed to for real."""

import secrets
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from examples.demo.post_receive import DEVELOPER, FULL_NAME, ask, deliver, git, pull_request
from examples.demo.shop import GIT_ENVIRONMENT
from examples.demo.stack import DemoFailedError, stop_process, when

ROOT = Path(__file__).resolve().parents[2]
FIRST_COMMENT = 1001
"""People's comments count from here; the stand-in counts its own from 1."""


class Forge:
    """`python -m deltaci.testing.fake_forge` with its one repository, which is in `folder`."""

    token = "fake-token"  # noqa: S105  made up: it opens a fake

    def __init__(self, folder: Path) -> None:
        self.repository = folder / f"{FULL_NAME}.git"
        self.webhook_secret = secrets.token_hex(20)
        self._comments = FIRST_COMMENT
        command = [sys.executable, "-m", "deltaci.testing.fake_forge", "--provider", "gitea"]
        self.process = subprocess.Popen(
            [*command, "--repository", FULL_NAME, "--writer", DEVELOPER],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        create = ["git", "init", "--quiet", "--bare", "--initial-branch=main"]
        subprocess.run([*create, str(self.repository)], env=GIT_ENVIRONMENT, check=True)
        self.url = self.process.stdout.readline().strip() if self.process.stdout else ""
        if not self.url:
            raise DemoFailedError("the forge did not start")

    def stop(self) -> None:
        """End it; nobody needs what it knows."""
        stop_process(self.process, "the forge")

    def set_up_webhook(self, api_url: str) -> None:
        """Let pushes and comments be told to Delta CI from now on."""
        hook = self.repository / "hooks/post-receive"
        program = shlex.join([sys.executable, "-m", "examples.demo.post_receive", self.url])
        hook.parent.mkdir(exist_ok=True)  # git's template, which makes it, need not be installed
        hook.write_text(f"#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {program}\n")
        hook.chmod(0o755)
        webhook = {"url": f"{api_url}/api/v1/webhooks/gitea", "secret": self.webhook_secret}
        ask(self.url, "webhook", webhook)

    def open_pull_request(self, number: int, branch: str) -> str:
        """Open one for a branch that was pushed; returns the id of its run."""
        folder = str(self.repository)
        head = git("rev-parse", branch, folder=folder)
        git("update-ref", f"refs/pull/{number}/head", head, folder=folder)
        opened = pull_request(number, "opened", branch, head, folder)
        return str(deliver(self.url, "pull_request", opened)["run_id"])

    def comment(self, number: int, body: str) -> None:
        """Comment under a pull request as the developer."""
        remark = {
            "number": number,
            "comment_id": str(self._comments),
            "author": DEVELOPER,
            "body": body,
        }
        self._comments += 1
        deliver(self.url, "remark", remark)

    def checks(self, commit: str) -> list[dict[str, Any]]:
        """Return the checks beside a commit, the newest of each name."""
        newest = {
            each["name"]: each for each in self._shown["checks"] if each["commit_sha"] == commit
        }
        return list(newest.values())

    def comment_with(self, text: str) -> str:
        """Wait for Delta CI's comment that contains the text. Raises DemoFailedError."""

        def found() -> str | None:
            bodies = [str(each["body"]) for each in self._shown["comments"]]
            return next((body for body in bodies if text in body), None)

        return when(found, f"a comment with {text!r} on the forge")

    def finished_checks(self, commit: str, number: int) -> list[dict[str, Any]]:
        """Wait until there are so many checks beside the commit and none is pending.

        Raises DemoFailedError.
        """

        def found() -> list[dict[str, Any]] | None:
            checks = self.checks(commit)
            pending = [each for each in checks if each["states"][-1] == "pending"]
            return checks if len(checks) >= number and not pending else None

        return when(found, f"finished checks of {commit} on the forge")

    @property
    def _shown(self) -> dict[str, Any]:
        (repository,) = ask(self.url, "state")["repositories"]
        return dict(repository)

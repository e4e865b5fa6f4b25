"""The second half of the story: a service goes to production, and back again."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from examples.demo.production import SICK, Production
from examples.demo.shop import EXAMPLES, GIT_ENVIRONMENT
from examples.demo.stack import CommandLine, DemoFailedError, when

FAILED, REFUSED = 1, 4
SERVICE, ENVIRONMENT = "storefront", "production"
FIRST, UNREGISTERED = "1.0.0", "9.9.9"
APPROVER = "grace"


class Storefront:
    """A Git repository in `path`, made from the template."""

    def __init__(self, path: Path) -> None:
        self.path = path
        template = shutil.ignore_patterns("catalog.yaml", "README.md")
        shutil.copytree(EXAMPLES / SERVICE, path, ignore=template)
        self._git("init", "--quiet", "--initial-branch=main")
        self._commit(f"Release {FIRST}")

    def release(self, version: str) -> None:
        """The next version, on the default branch."""
        (self.path / "VERSION").write_text(f"{version}\n")
        self._commit(f"Release {version}")

    def _commit(self, message: str) -> None:
        self._git("add", "--all")
        self._git("commit", "--quiet", f"--message={message}")

    def _git(self, *arguments: str) -> None:
        identity = ("-c", "user.name=Ada Example", "-c", "user.email=ada@example.test")
        command = ["git", *identity, *arguments]
        subprocess.run(command, cwd=self.path, env=GIT_ENVIRONMENT, check=True)


class Release:
    """The scenes, told by the story that they are part of."""

    def __init__(self, folder: Path, production: Production, command_line: CommandLine) -> None:
        self._folder = folder
        self._storefront = Storefront(folder / SERVICE)
        self._production = production
        self._cli = command_line

    def set_up(self) -> None:
        """What an admin does once: say what may be deployed where, how, and who has to agree."""
        template = (EXAMPLES / SERVICE / "catalog.yaml").read_text()
        catalog = self._folder / "catalog.yaml"
        addresses = {"deployer": self._production.deployer, "site": self._production.site}
        catalog.write_text(template.format(**addresses))
        self._cli.show("apply", "-f", str(catalog), environment=self._secret())
        self._cli.show("repo", "add", SERVICE, "--url", str(self._storefront.path))

    def first_version(self) -> None:
        """Built, registered by its own run, signed off, deployed, verified."""
        self._build(FIRST)
        self._deploy(FIRST, "SUCCEEDED")
        self._expect_live(FIRST)

    def refused(self) -> None:
        """What was never registered goes nowhere, and all that is against it is told at once."""
        self._cli.show(
            *("deploy", SERVICE, UNREGISTERED, "--to", ENVIRONMENT, "--dry-run"), exits=REFUSED
        )

    def sick_version(self) -> str:
        """Deployed as carefully, found to be sick, and rolled back by itself; returns its id."""
        self._storefront.release(SICK)
        self._build(SICK)
        deployment = self._deploy(SICK, "FAILED")
        when(lambda: self._rolled_back(deployment), f"{SICK} to be rolled back")
        self._cli.show("deployment", "list", "--service", SERVICE)
        self._expect_live(FIRST)
        return deployment

    def look_back(self, deployment: str) -> None:
        """Where it all can be seen afterwards."""
        self._cli.show("deployment", "timeline", deployment)
        self._cli.show("deployment", "proof", deployment)
        self._cli.show("matrix")

    def _build(self, version: str) -> None:
        self._cli.show("run", "create", SERVICE, "--wait")
        registered = when(lambda: self._registered(version), f"{version} to be registered")
        print(f"\n{SERVICE} {version} is registered, by {registered['ci_publisher']}.", flush=True)

    def _registered(self, version: str) -> Any:
        builds = self._cli.ask("build", "list")["builds"]
        return next((build for build in builds if build["version"] == version), None)

    def _deploy(self, version: str, outcome: str) -> str:
        self._cli.show("deploy", SERVICE, version, "--to", ENVIRONMENT, "-m", f"release {version}")
        (newest,) = self._cli.ask("deployment", "list", "--limit", "1")["deployments"]
        deployment = str(newest["id"])
        print(f"\nIt waits for somebody else to agree: {APPROVER} does.", flush=True)
        self._cli.show("deployment", "approve", deployment, environment=self._approver())
        exits = 0 if outcome == "SUCCEEDED" else FAILED
        self._cli.show("deployment", "show", deployment, "--wait", exits=exits)
        return deployment

    def _approver(self) -> dict[str, str]:
        issued = self._cli.ask("token", "issue", "--role", "release_manager", "--subject", APPROVER)
        return {"DELTA_CI_TOKEN": str(issued["token"])}

    def _secret(self) -> dict[str, str]:
        return {"DEPLOYER_SECRET": self._production.secret}

    def _rolled_back(self, deployment: str) -> Any:
        state = self._cli.ask("deployment", "show", deployment)["state"]
        return state if state == "ROLLED_BACK" else None

    def _expect_live(self, version: str) -> None:
        if self._production.version != version:
            raise DemoFailedError(f"production runs {self._production.version!r}, not {version}")
        print(f"\nProduction runs {version}.", flush=True)

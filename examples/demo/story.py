"""The story of the demo: what somebody does to the shop, and what becomes of it."""

from typing import Any

from examples.demo.forge import Forge
from examples.demo.forge_page import show_answer, show_checks, show_comment
from examples.demo.post_receive import DEVELOPER, FULL_NAME
from examples.demo.release import Release
from examples.demo.shop import BRANCH, Shop
from examples.demo.stack import CommandLine, DemoFailedError, when
from examples.demo.tax_service import TaxService

FAILED = 1
REPO, PULL_REQUEST = "shop", 1
SHORT_SHA = 10
LETTER_JOB, TAX_JOB = "test:services/newsletter", "test:services/checkout"


class Story:
    """The scenes in order. Each pushes something, and shows what the forge then shows."""

    def __init__(
        self, shop: Shop, forge: Forge, release: Release, command_line: CommandLine, api_url: str
    ) -> None:
        self._shop = shop
        self._forge = forge
        self._release = release
        self._cli = command_line
        self._api_url = api_url
        self._tax_service = TaxService()
        self._scenes = 0

    def tell(self) -> None:
        """All of it. Raises DemoFailedError when something goes another way."""
        self._connect()
        self._pull_request()
        self._prose()
        self._breaking_push()
        self._fix_and_rerun()
        self._first_deployment()
        self._sick_deployment()

    def _connect(self) -> None:
        print("A repository is connected once. Its secret and token go in by standard input.")
        self._shop.publish(self._forge.repository)
        self._cli.show(
            *("repo", "add", REPO, "--url", str(self._forge.repository)),
            *("--provider", "gitea", "--full-name", FULL_NAME),
            *("--webhook-secret-stdin", "--token-stdin"),
            secrets=(self._forge.webhook_secret, self._forge.token),
        )
        self._forge.set_up_webhook(self._api_url)

    def _pull_request(self) -> None:
        self._scene(
            "A pull request",
            "libs/pricing changes on a branch. The forge calls the webhook, and a run begins: what",
            "changed is built and tested, and so is what depends on it.",
        )
        self._shop.cap_discounts()
        commit = self._shop.push(BRANCH)
        run = self._forge.open_pull_request(PULL_REQUEST, BRANCH)
        print(f"\n{DEVELOPER} opens pull request #{PULL_REQUEST} from {BRANCH}.", flush=True)
        self._cli.show("run", "watch", run)
        self._forge.comment_with(f"run:{run}")
        self._show_checks(run, commit)

    def _prose(self) -> None:
        self._scene("A push of prose", "Only docs/ changes on main: no test has to run.")
        self._shop.explain_prices()
        commit = self._shop.push("main")
        run = self._newest_run()
        self._expect_no_tests(self._cli.ask("run", "watch", run))
        self._show_checks(run, commit)

    def _breaking_push(self) -> None:
        self._scene(
            "Two more pushes to the pull request",
            "The first one's test hangs. The second takes its place, and breaks what libs/money",
            "promises: it rounds halves up.",
        )
        self._shop.wait_for_mail()
        self._shop.push(BRANCH)
        self._wait_for_the_letters(self._newest_run())
        print("\nThe test hangs. Nobody waits for it.")
        self._shop.round_halves_up()
        commit = self._shop.push(BRANCH)
        run = self._newest_run()
        self._cli.show("run", "watch", run, exits=FAILED)
        self._cli.show("run", "list", "--ref", f"refs/pull/{PULL_REQUEST}/head")
        comment = self._forge.comment_with(f"run:{run}")
        self._show_checks(run, commit)
        show_comment(f"And as a comment under #{PULL_REQUEST}:", comment)
        self._ask(f"/ci why {TAX_JOB}")

    def _fix_and_rerun(self) -> None:
        self._scene(
            "The fix, and a rerun of the one job that failed",
            "Rounding is right again. The same commit asks a tax service, which is down.",
        )
        self._shop.fix_rounding_and_ask_for_tax(self._tax_service.address)
        commit = self._shop.push(BRANCH)
        run = self._newest_run()
        self._cli.show("run", "watch", run, exits=FAILED)
        self._tax_service.start()
        print("\nThe tax service is back. What was green stays as it is; one job runs again.")
        self._comment(f"/ci rerun {TAX_JOB}")
        again = when(lambda: self._run_after(run), f"a run after {run}")
        self._cli.show("run", "watch", again)
        self._forge.comment_with(f"run:{again}")
        self._show_checks(again, commit)

    def _first_deployment(self) -> None:
        self._scene(
            "To production",
            "A file says what is deployed where, by which recipe, and who has to agree. A green",
            "run registers what it built; nothing else is deployed.",
        )
        self._release.set_up()
        self._release.first_version()
        self._release.refused()

    def _sick_deployment(self) -> None:
        self._scene(
            "And back again",
            "The next version is green, registered and signed off, and sick once it runs. The",
            "recipe's probe sees that, and the last good version is put back by itself.",
        )
        deployment = self._release.sick_version()
        self._release.look_back(deployment)

    def _scene(self, title: str, *lines: str) -> None:
        self._scenes += 1
        print(f"\n── {self._scenes} · {title} ".ljust(100, "─"))
        print("\n".join(lines), flush=True)

    def _show_checks(self, run: str, commit: str) -> None:
        detail = self._cli.ask("run", "show", run)
        number = 1 + len(detail["jobs"]) + len(detail["plan"]["skipped_jobs"])
        checks = self._forge.finished_checks(commit, number)
        show_checks(f"What {FULL_NAME} shows beside {commit[:SHORT_SHA]}:", checks)

    def _comment(self, body: str) -> None:
        print(f"\n{DEVELOPER} comments on #{PULL_REQUEST}: {body}", flush=True)
        self._forge.comment(PULL_REQUEST, body)

    def _ask(self, command: str) -> None:
        self._comment(command)
        answer = self._forge.comment_with("delta-ci command:")
        show_answer("The answer under it:", answer)

    def _newest_run(self) -> str:
        (newest,) = self._cli.ask("run", "list", "--repo", REPO, "--limit", "1")["runs"]
        return str(newest["id"])

    def _run_after(self, run: str) -> str | None:
        newest = self._newest_run()
        return newest if newest != run else None

    def _wait_for_the_letters(self, run: str) -> None:
        when(lambda: self._find_job(run, LETTER_JOB, "RUNNING"), f"{LETTER_JOB} to run")

    def _find_job(self, run: str, name: str, state: str) -> Any:
        jobs = [entry["job"] for entry in self._cli.ask("run", "show", run)["jobs"]]
        return next((job for job in jobs if (job["name"], job["state"]) == (name, state)), None)

    def _expect_no_tests(self, detail: Any) -> None:
        names = [str(entry["job"]["name"]) for entry in detail["jobs"]]
        if any(name.startswith("test") for name in names):
            raise DemoFailedError(f"expected no tests, got {names}")

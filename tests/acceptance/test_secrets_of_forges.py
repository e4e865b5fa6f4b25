"""After reports, commands and fetches: nobody can read anywhere what a forge gave us."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from deltaci.ids import workflow_id
from deltaci.store.tables import WebhookDelivery
from deltaci.testing import live_forge
from deltaci.testing.ci_bench import RUNS, CiBench, Jobs, config
from deltaci.testing.fake_forge.forge import ACCOUNT
from deltaci.testing.git_server import GitServer, basic
from deltaci.testing.linked_repository import OWNER, Link, LinkedRepository
from deltaci.testing.live_forge import LiveForge
from deltaci.testing.repositories import GitRepository
from deltaci.testing.waiting import until
from deltaci.testing.what_people_read import command_lines, history, leaks
from deltaci.vcs.port import GitCredential, Provider
from deltaci.wire.forges import DeliveryOutcome
from deltaci.wire.reports import ReportState

OWN_TOKEN, OWN_SECRET = "token-of-this-repository", "secret-of-this-repository"
ALWAYS = 1000
ECHO = b'{"message": "bad credentials: token %s"}' % OWN_TOKEN.encode()


def forges_secrets(forges: Mapping[Provider, LiveForge]) -> dict[str, bytes]:
    """Everything that a forge gave us, and the forms in which it is sent."""
    app = forges[Provider.GITHUB].fake.state.app
    assert app is not None
    assert app.grants
    own = GitCredential("oauth2", OWN_TOKEN)
    secrets = {
        "the provider's token": live_forge.TOKEN,
        "the provider's webhook secret": live_forge.SECRET,
        "the repository's token": OWN_TOKEN,
        "the repository's webhook secret": OWN_SECRET,
        "the login to git": basic(own).removeprefix("Basic "),
        "the App's key": app.private_key.splitlines()[1],
    }
    minted = {f"installation token {number}": token for number, token in enumerate(app.grants)}
    return {name: secret.encode() for name, secret in (secrets | minted).items()}


@pytest.mark.parametrize(
    "stack", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)
def test_nothing_that_people_read_holds_a_secret_of_a_forge(
    bench: CiBench,
    link: Link,
    forges: Mapping[Provider, LiveForge],
    git_server: GitServer,
    tmp_path: Path,
) -> None:
    jobs = {"test": {"steps": ["env; git config --list; cat .git/config; exit 1"]}}
    public = link(jobs, Provider.GITHUB)
    private = hosted(bench, forges[Provider.GITEA], git_server, tmp_path.name, jobs)
    runs = [*reported(public), *reported(private), *in_trouble(private, git_server)]
    assert any(asked.authorization for asked in git_server.asked)

    seen = {
        "answers": b"\n".join(answers(bench, *runs)),
        "refusals": b"\n".join(refusals(bench, private)),
        "shown": json.dumps(private.forge.fake.state.document()).encode(),
        "command lines": command_lines(bench.stack),
        **{f"log of {run}": bench.log(run, "test").encode() for run in runs},
        **{name: history(bench.stack, name) for name in workflows(bench, [public, private], *runs)},
        **{log.name: log.read_bytes() for log in bench.stack.logs()},
        **stored(bench),
    }
    found = [
        f"{name} is in {where}"
        for name, secret in forges_secrets(forges).items()
        for where, text in seen.items()
        if secret in text
    ]
    assert found == []
    assert {where: leaks(text) for where, text in seen.items() if leaks(text)} == {}
    assert b"bad credentials" in seen["answers"]


def reported(linked: LinkedRepository) -> Iterator[str]:
    """A run with its report and an answered question."""
    run = linked.run_of(linked.opened(1, {"src/shop.py": "1"}))
    linked.until_reported(run)
    linked.deliver(linked.remarked(1, "/ci why test"))
    until(lambda: len(linked.comments(1)) == 2, "the question is answered")
    yield run


def in_trouble(linked: LinkedRepository, git_server: GitServer) -> Iterator[str]:
    """Runs whose forge says the credentials aloud that it was given, and refuses them."""
    linked.forge.fake.faults.fail_next(ALWAYS, 403, body=ECHO)
    refused = linked.run_of(linked.opened(1, {"src/shop.py": "2"}))
    linked.until_reported(refused, ReportState.FAILED)
    linked.forge.behave()
    yield refused

    linked.forge.fake.faults.fail_next(1, 500, body=ECHO)
    before = len(git_server.asked)
    git_server.tells_secrets = True
    unfetched = linked.run_of(linked.opened(1, {"src/shop.py": "3"}))
    until(lambda: len(git_server.asked) > before, "git is told its own credential")
    git_server.tells_secrets = False
    linked.until_reported(unfetched)
    yield unfetched


def hosted(
    bench: CiBench, forge: LiveForge, server: GitServer, name: str, jobs: Jobs
) -> LinkedRepository:
    """A private repository that git fetches from the forge, with a token of its own."""
    files = {"ci.ai.yaml": config(jobs, {})}
    git = GitRepository.create(
        server.folder / OWNER / f"{name}-{bench.stack.folder.root.name}", files
    )
    server.credential = GitCredential("oauth2", OWN_TOKEN)
    forge.fake.state.accounts[OWN_TOKEN] = ACCOUNT
    url = server.url(f"{OWNER}/{git.path.name}")
    linked = LinkedRepository(bench, forge, git, secret=OWN_SECRET, url=url)
    linked.link(token=OWN_TOKEN)
    return linked


def answers(bench: CiBench, *runs: str) -> Iterator[bytes]:
    lists = ("repositories", "webhooks/deliveries", "reports", "runs")
    for path in (*(f"/api/v1/{name}" for name in lists), *(f"{RUNS}/{run}" for run in runs)):
        yield bench.http.get(path).raise_for_status().content
    yield bench.http.get("/metrics").raise_for_status().content


def refusals(bench: CiBench, linked: LinkedRepository) -> Iterator[bytes]:
    """What the API says to calls that bring secrets, and are wrong in other ways."""
    given = {"token": OWN_TOKEN, "webhook_secret": OWN_SECRET}
    known = {"repo_id": linked.git.path.name, "url": linked.url, "provider": "gitea"}
    bodies = [
        known | given | {"provider": "nowhere"},
        known | given | {"full_name": "somebody/else"},
        known | given | {"url": f"http://{OWN_TOKEN}@127.0.0.1/{OWNER}/shop"},
        known | {"token": [OWN_TOKEN], "webhook_secret": {"is": OWN_SECRET}},
        {"repo_id": linked.git.path.name, **given},
    ]
    for body in bodies:
        answer = bench.http.post("/api/v1/repositories", json=body)
        assert answer.is_client_error, body
        yield answer.content
    delivery = linked.delivery(linked.remarked(1, "/ci cancel"))
    forged = replace(delivery, body=delivery.body + b" ")
    answer = forged.send(bench.http)
    assert answer.status_code == 401
    yield answer.content


def workflows(bench: CiBench, linked: Sequence[LinkedRepository], *runs: str) -> Iterator[str]:
    """Names of all workflows that had to do with these repositories and their runs."""
    for run in runs:
        yield bench.ledger.workflow_id(run)
        yield workflow_id("report", run)
    question = select(WebhookDelivery.id).where(
        WebhookDelivery.repo_id.in_([each.git.path.name for each in linked]),
        WebhookDelivery.outcome == DeliveryOutcome.COMMAND,
    )
    for (delivery_id,) in bench.ledger.all(question):
        yield workflow_id("command", delivery_id)


def stored(bench: CiBench) -> dict[str, bytes]:
    """The files of the database, where it has some that we may read."""
    root = bench.stack.folder.root
    return {file.name: file.read_bytes() for file in root.glob("*.sqlite3*")}

"""What people see of their runs on a forge of statuses (Gitea), and on one of check runs."""

import pytest

from deltaci.testing.ci_bench import CiBench
from deltaci.testing.linked_repository import Link, LinkedRepository
from deltaci.vcs.port import Provider, Verdict

on_both = pytest.mark.parametrize("provider", [Provider.GITEA, Provider.GITHUB])
SOURCES = ["src/**"]


def verdicts(linked: LinkedRepository, commit_sha: str) -> dict[str, str]:
    return {name: str(check.verdict) for name, check in linked.checks(commit_sha).items()}


@on_both
def test_a_failing_pull_request_is_explained_and_healed_by_a_rerun(
    bench: CiBench, link: Link, provider: Provider
) -> None:
    fails = "{ echo 'src/shop.py:7: Error: nothing adds up'; exit 3; }"
    linked = link(
        {
            "lint": {"steps": [bench.trace("lint")]},
            "test": {"steps": [f"test -e {bench.opened('mended')} || {fails}"]},
            "page": {"steps": ["true"], "paths": ["docs/**"]},
        },
        provider,
    )
    opened = linked.opened(1, {"src/shop.py": "1"})
    run = linked.run_of(opened)
    linked.until_reported(run)
    seen = linked.checks(opened.head_sha)
    assert verdicts(linked, opened.head_sha) == {
        "delta-ci": "failure",
        "delta-ci: lint": "success",
        "delta-ci: test": "failure",
        "delta-ci: page": "skipped" if provider is Provider.GITHUB else "success",
    }
    (comment,) = linked.comments(1)
    assert "nothing adds up" in comment
    assert "exit=3" in comment
    if provider is Provider.GITHUB:
        assert "nothing adds up" in seen["delta-ci"].summary
        (annotation,) = seen["delta-ci: test"].annotations
        assert (annotation["path"], annotation["start_line"]) == ("src/shop.py", 7)

    bench.open("mended")
    again = bench.rerun(run, "test")
    linked.until_reported(again)
    healed = verdicts(linked, opened.head_sha)
    assert healed["delta-ci"] == healed["delta-ci: test"] == healed["delta-ci: lint"] == "success"
    assert bench.traces("lint") == 1
    assert len(linked.comments(1)) == len({run, again})


@on_both
def test_a_change_of_pages_only_is_green_at_once(link: Link, provider: Provider) -> None:
    linked = link(
        {
            "test": {"steps": ["exit 1"], "paths": SOURCES},
            "build": {"steps": ["exit 1"], "paths": SOURCES},
        },
        provider,
    )
    opened = linked.opened(2, {"docs/page.md": "words"})
    linked.until_reported(linked.run_of(opened))
    shown = linked.checks(opened.head_sha)
    assert set(shown) == {"delta-ci", "delta-ci: test", "delta-ci: build"}
    assert shown["delta-ci"].verdict is Verdict.SUCCESS
    assert {check.verdict for check in shown.values()} <= {Verdict.SUCCESS, Verdict.SKIPPED}
    (comment,) = linked.comments(2)
    assert "Skipped jobs:" in comment


@pytest.mark.parametrize("stack", ["sqlite", "postgresql"], indirect=True)
def test_each_kind_of_run_has_checks_of_its_own(bench: CiBench, link: Link) -> None:
    linked = link({"test": {"steps": ["true"]}}, Provider.GITHUB)
    pushed = linked.pushed({"src/shop.py": "2"})
    runs = [
        linked.run_of(pushed),
        linked.run_of(linked.tagged("v1")),
        bench.create(linked.git, pushed.commit_sha),
    ]
    for run in runs:
        linked.until_reported(run)
    kinds = ("push", "tag", "manual")
    assert verdicts(linked, pushed.commit_sha) == {
        name: "success"
        for kind in kinds
        for name in (f"delta-ci ({kind})", f"delta-ci ({kind}): test")
    }
    assert len(linked.shown.checks) == 2 * len(kinds)
    assert linked.shown.comments == []

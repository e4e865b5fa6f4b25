"""After runs of every kind: no token, lease id or signing key is anywhere that people look."""

import json

import pytest

from deltaci.testing.ci_bench import RUNS, CiBench
from deltaci.testing.what_people_read import command_lines, history, leaks


@pytest.mark.parametrize("stack", ["sqlite", "postgresql"], indirect=True)
def test_nothing_that_people_read_holds_a_credential(bench: CiBench) -> None:
    repository = bench.repository(
        {
            "test": {"steps": ["env; exit 1"]},
            "raw": {"steps": ["true"], "runs_on": ["raw"], "policy": {"required": False}},
        }
    )
    run = bench.create(repository)
    runner = bench.raw_runner(labels=("raw",))
    runner.begin()
    assert leaks(json.dumps(runner.granted).encode())
    runner.log("hello\n")
    refused = [
        runner.log("no", 77),
        runner.upload("file", b"data", 2, 4),
        runner.complete("WRONG"),
    ]
    runner.complete("FAILED")
    refused.append(runner.beat())
    assert bench.until_ended(run) == "FAILED"
    again = bench.rerun(run)
    bench.cancel(again)
    assert bench.until_ended(again) == "CANCELED"

    read = [
        bench.http.get(path).content
        for path in (f"{RUNS}/{run}", RUNS, "/metrics", "/openapi.json")
    ]
    logged = {log.name: log.read_bytes() for log in bench.stack.logs()}
    seen = {
        "answers": b"\n".join(read),
        "refusals": b"\n".join(answer.content for answer in refused if answer.is_error),
        "job log": bench.log(run, "test").encode(),
        "history": history(bench.stack, bench.ledger.workflow_id(run)),
        "command lines": command_lines(bench.stack),
        **logged,
    }
    assert {name: leaks(text) for name, text in seen.items() if leaks(text)} == {}
    key = next(bench.stack.folder.root.glob("*key*")).read_bytes().strip()
    assert [name for name, text in seen.items() if key in text] == []

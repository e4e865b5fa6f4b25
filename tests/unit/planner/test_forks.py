from deltaci.planner.model import RunPolicies
from deltaci.planner.plan import plan
from deltaci.testing.trees import changed, request_for

GO = {"go.mod": "module m\n", "main.go": ""}
CONFIG = """\
version: 1
policies: {runs: {max_concurrency: 900, max_runtime_seconds: 600000}}
jobs:
  test:
    steps: [make test]
    caches:
      - {type: deps, key: "k", paths: [deps]}
      - {type: build, key: "k", paths: [out]}
"""


def test_a_fork_reads_caches_and_writes_none() -> None:
    made = plan(request_for(GO, changed("main.go"), fork=True))

    assert {cache.read_only for job in made.jobs for cache in job.spec.caches} == {True}
    assert made.explain.endswith("code change; fork: caches are read-only")


def test_a_fork_teaches_no_recipe() -> None:
    assert plan(request_for(GO, changed("main.go"), fork=True)).known_jobs == ()


def test_a_fork_cannot_relax_policy_by_its_own_file() -> None:
    made = plan(request_for(GO | {"ci.ai.yaml": CONFIG}, changed("main.go"), fork=True))

    (cache,) = made.jobs[0].spec.caches
    assert (cache.type, cache.read_only) == ("deps", True)
    assert made.policies == RunPolicies()

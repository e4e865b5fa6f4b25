"""Deployers that call back, and runners that may deploy: real processes, asked over HTTP."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from deltaci.testing.ci_bench import CiBench
from deltaci.testing.fake_deployer import SECRET
from deltaci.testing.live_deployer import LiveDeployer
from deltaci.testing.live_deployments import LiveDeployments
from deltaci.testing.part import Part
from deltaci.wire.deployment_jobs import deploy_label

LIMITS = {"read_rpm": 5000, "mutate_rpm": 5000, "daily_quota_build_register": 50}
OTHER_SECRET = "whsec_" + "b3RoZXIgc2VjcmV0IG90aGVy"
TOKEN = "token-that-nobody-may-see"
OK, UNAUTHORIZED = 200, 401
AN_HOUR = 3600


@pytest.fixture
def shop(bench: CiBench) -> LiveDeployments:
    """A shop of the test's own."""
    bench.http.put("/v1/admin/system/rate-limits", json=LIMITS).raise_for_status()
    return LiveDeployments(bench.stack, bench.http)


@pytest.fixture
def deployer(bench: CiBench) -> Iterator[LiveDeployer]:
    """A deployer that nobody polls: what it does not tell is not known."""
    with closing(LiveDeployer()) as deployer:
        deployer.start()
        deployer.fake.front = bench.stack.urls[0]
        yield deployer
    assert deployer.fake.violations == []
    assert {request.method for request in deployer.fake.requests} <= {"POST"}


@pytest.fixture
def runner(bench: CiBench) -> Iterator[Part]:
    """A runner that may deploy to dev, not yet started."""
    with closing(bench.stack.runner("deployer-of-dev", deploy_label("dev"))) as runner:
        yield runner


def calling_back(deployer: LiveDeployer) -> dict[str, object]:
    engine = {"url": deployer.fake.url, "poll_interval_seconds": AN_HOUR}
    return {"engine_type": "webhook", "spec": {"engine": engine}, "secret": SECRET}


def by_steps(*steps: str, verify: str = "true") -> dict[str, object]:
    spec = {"engine": {"steps": list(steps)}, "verification": {"command": [verify]}}
    secret = json.dumps({"DEPLOY_TOKEN": TOKEN})
    return {"engine_type": "runner", "spec": spec, "secret": secret}


@pytest.mark.parametrize("stack", ["sqlite", "postgresql"], indirect=True)
def test_a_deployer_that_calls_back_need_not_be_polled(
    shop: LiveDeployments, deployer: LiveDeployer
) -> None:
    shop.open("1.0.0", "1.1.0", recipe=calling_back(deployer))
    good = shop.deploy("1.0.0")
    deployer.until_begun(good)
    deployer.fake.end(good, "SUCCEEDED")
    assert deployer.call_back(good) == [OK]
    assert shop.until_ended(good) == "SUCCEEDED"

    bad = shop.deploy("1.1.0")
    deployer.until_begun(bad)
    deployer.fake.end(bad, "FAILED", code="unauthorized", message="it may not write there")
    assert deployer.call_back(bad) == [OK]
    assert shop.until_ended(bad) == "FAILED"
    assert shop.read(bad)["failures"][0]["category"] == "POLICY"


def test_a_call_that_is_signed_by_somebody_else_ends_nothing(
    shop: LiveDeployments, deployer: LiveDeployer
) -> None:
    shop.open("1.0.0", recipe=calling_back(deployer))
    deployment = shop.deploy("1.0.0")
    deployer.until_begun(deployment)

    deployer.fake.secret = OTHER_SECRET
    deployer.fake.end(deployment, "FAILED", message="says somebody else")
    assert deployer.call_back(deployment) == [UNAUTHORIZED]
    assert shop.read(deployment)["state"] == "IN_PROGRESS"

    deployer.fake.secret = SECRET
    deployer.fake.end(deployment, "SUCCEEDED")
    assert deployer.call_back(deployment) == [OK]
    assert shop.until_ended(deployment) == "SUCCEEDED"


def test_a_duplicate_and_a_late_call_change_nothing(
    shop: LiveDeployments, deployer: LiveDeployer
) -> None:
    shop.open("1.0.0", recipe=calling_back(deployer))
    deployment = shop.deploy("1.0.0")
    deployer.until_begun(deployment)
    deployer.fake.end(deployment, "SUCCEEDED")
    assert deployer.call_back(deployment, times=3) == [OK] * 3
    assert shop.until_ended(deployment) == "SUCCEEDED"
    before, moments = shop.read(deployment), shop.timeline(deployment)

    assert deployer.call_back(deployment) == [OK]
    deployer.fake.end(deployment, "FAILED", message="on second thoughts")
    assert deployer.call_back(deployment) == [OK]
    second = shop.deploy("1.0.0", "staging")
    deployer.until_begun(second)
    deployer.fake.end(second, "SUCCEEDED")
    assert deployer.call_back(second) == [OK]
    assert shop.until_ended(second) == "SUCCEEDED"

    assert shop.read(deployment) == before
    assert shop.timeline(deployment) == moments
    assert moments.count("succeeded") == 1


def test_a_call_that_comes_after_a_cancel_is_too_late(
    shop: LiveDeployments, deployer: LiveDeployer
) -> None:
    shop.open("1.0.0", recipe=calling_back(deployer))
    deployment = shop.deploy("1.0.0")
    deployer.until_begun(deployment)
    shop.post(f"/deployments/{deployment}/cancel").raise_for_status()
    deployer.fake.end(deployment, "CANCELED")
    assert deployer.call_back(deployment) == [OK]
    assert shop.until_ended(deployment) == "CANCELED"

    deployer.fake.end(deployment, "SUCCEEDED")
    assert deployer.call_back(deployment) == [OK]

    assert shop.read(deployment)["state"] == "CANCELED"


@pytest.mark.parametrize("stack", ["sqlite", "postgresql"], indirect=True)
def test_only_a_runner_that_may_deploy_there_does(
    bench: CiBench, shop: LiveDeployments, runner: Part, tmp_path: Path
) -> None:
    """The runners that serve already have no such label, and leave the job alone."""
    place = tmp_path / "deployed"
    step = f'echo "$DELTA_CI_SERVICE $DELTA_CI_VERSION with $DEPLOY_TOKEN" | tee -a {place}'
    shop.open("1.0.0", recipe=by_steps(step, verify=f"grep -q 1.0.0 {place}"))
    deployment = shop.deploy("1.0.0")
    run_id = shop.until_carried_out(deployment)
    bench.until_job(run_id, "deploy", "QUEUED")
    assert shop.read(deployment)["state"] == "IN_PROGRESS"

    runner.start()

    assert shop.until_ended(deployment) == "SUCCEEDED"
    assert place.read_text() == f"{shop.service} 1.0.0 with {TOKEN}\n"
    assert shop.timeline(deployment).count("active") == 1
    assert f"{shop.service} 1.0.0 with ***" in bench.log(run_id, "deploy")


def test_a_step_that_fails_fails_the_deployment(
    bench: CiBench, shop: LiveDeployments, runner: Part
) -> None:
    shop.open(
        "1.0.0", "1.1.0", recipe=by_steps('test "$DELTA_CI_VERSION" = 1.0.0', verify="exit 3")
    )
    runner.start()
    refused = shop.deploy("1.1.0")
    assert shop.until_ended(refused) == "FAILED"
    assert "active" not in shop.timeline(refused)

    unverified = shop.deploy("1.0.0")
    assert shop.until_ended(unverified) == "FAILED"
    assert "active" in shop.timeline(unverified)
    assert TOKEN not in json.dumps([shop.read(refused), shop.read(unverified)])

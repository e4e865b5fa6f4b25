"""Deployments through real processes: API, Temporal, workers, and a deployer that is strict."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from deltaci.testing.ci_bench import CiBench
from deltaci.testing.fake_deployer import SECRET
from deltaci.testing.live_deployer import LiveDeployer
from deltaci.testing.live_deployments import LiveDeployments
from deltaci.testing.waiting import until

LIMITS = {"read_rpm": 5000, "mutate_rpm": 5000, "daily_quota_build_register": 50}


@pytest.fixture
def shop(bench: CiBench) -> LiveDeployments:
    """A shop of the test's own."""
    bench.http.put("/v1/admin/system/rate-limits", json=LIMITS).raise_for_status()
    return LiveDeployments(bench.stack, bench.http)


@pytest.fixture
def deployer() -> Iterator[LiveDeployer]:
    """Somebody else's deployer; afterwards, nothing that it was told was out of order."""
    with closing(LiveDeployer()) as deployer:
        deployer.start()
        yield deployer
    assert deployer.fake.violations == []


def by_webhook(deployer: LiveDeployer) -> dict[str, object]:
    engine = {
        "url": deployer.fake.url,
        "poll_url": deployer.fake.poll_url,
        "poll_interval_seconds": 1,
    }
    return {"engine_type": "webhook", "spec": {"engine": engine}, "secret": SECRET}


@pytest.mark.parametrize("stack", ["sqlite", "postgresql"], indirect=True)
def test_a_registered_version_is_deployed(shop: LiveDeployments) -> None:
    shop.open("1.0.0", "1.1.0")

    first = shop.deploy("1.0.0")
    assert shop.until_ended(first) == "SUCCEEDED"
    second = shop.deploy("1.1.0")
    assert shop.until_ended(second) == "SUCCEEDED"

    assert shop.read(first)["outcome"] == "SUPERSEDED"
    assert shop.timeline(second) == ["submitted", "validated", "in_progress", "succeeded"]


def test_a_failure_is_undone_by_itself(shop: LiveDeployments, deployer: LiveDeployer) -> None:
    recipe = by_webhook(deployer)
    recipe["spec"] = {**dict(recipe["spec"]), "rollback": {"automatic": True}}  # type: ignore[call-overload] # a dict
    shop.open("1.0.0", "1.1.0", recipe=recipe)
    good = shop.deploy("1.0.0")
    deployer.until_begun(good)
    deployer.fake.end(good, "SUCCEEDED")
    assert shop.until_ended(good) == "SUCCEEDED"

    bad = shop.deploy("1.1.0")
    deployer.until_begun(bad)
    deployer.fake.end(bad, "FAILED", message="it does not start")
    until(lambda: len(deployer.fake.works) == 3, "the last good version is restored")
    rollback = list(deployer.fake.works)[-1]
    deployer.fake.end(rollback, "SUCCEEDED")

    assert shop.until_state(bad, "ROLLED_BACK") == "ROLLED_BACK"
    assert shop.read(rollback)["version"] == "1.0.0"
    assert shop.read(rollback)["rollbackOf"] == bad


def test_a_cancel_stops_the_deployer(shop: LiveDeployments, deployer: LiveDeployer) -> None:
    shop.open("1.0.0", recipe=by_webhook(deployer))
    deployment = shop.deploy("1.0.0")
    deployer.until_begun(deployment)

    shop.post(f"/deployments/{deployment}/cancel").raise_for_status()

    assert shop.until_ended(deployment) == "CANCELED"
    assert deployer.fake.works[deployment].cancels >= 1


@pytest.mark.parametrize("part", ["worker-1", "api-1", "temporal"])
def test_a_deployment_outlives_a_killed_part(
    shop: LiveDeployments, deployer: LiveDeployer, part: str
) -> None:
    """And the deployer sees one order of one key, whatever is tried again."""
    shop.open("1.0.0", recipe=by_webhook(deployer))
    deployment = shop.deploy("1.0.0", key=f"once-{part}")
    deployer.until_begun(deployment)

    shop.stack[part].kill()
    shop.stack.start()
    assert shop.deploy("1.0.0", key=f"once-{part}") == deployment
    deployer.fake.end(deployment, "SUCCEEDED")

    assert shop.until_ended(deployment) == "SUCCEEDED"
    assert list(deployer.fake.works) == [deployment]
    assert shop.timeline(deployment).count("succeeded") == 1


def test_a_deployer_that_was_away_is_told_later(
    shop: LiveDeployments, deployer: LiveDeployer
) -> None:
    shop.open("1.0.0", recipe=by_webhook(deployer))
    deployer.go_down()
    deployment = shop.deploy("1.0.0")
    assert shop.read(deployment)["state"] == "IN_PROGRESS"
    deployer.come_back()
    deployer.until_begun(deployment)
    deployer.fake.end(deployment, "SUCCEEDED")

    assert shop.until_ended(deployment) == "SUCCEEDED"

"""Deployments through real processes: API, Temporal, workers."""

import pytest

from deltaci.testing.ci_bench import CiBench
from deltaci.testing.live_deployments import LiveDeployments


@pytest.fixture
def shop(bench: CiBench) -> LiveDeployments:
    """A shop of the test's own."""
    answer = bench.http.put(
        "/v1/admin/system/rate-limits",
        json={"read_rpm": 5000, "mutate_rpm": 5000, "daily_quota_build_register": 50},
    )
    answer.raise_for_status()
    return LiveDeployments(bench.stack, bench.http)


@pytest.mark.parametrize("stack", ["sqlite", "postgresql"], indirect=True)
def test_a_registered_version_is_deployed(shop: LiveDeployments) -> None:
    shop.open("1.0.0", "1.1.0")

    first = shop.deploy("1.0.0")
    assert shop.until_ended(first) == "SUCCEEDED"
    second = shop.deploy("1.1.0")
    assert shop.until_ended(second) == "SUCCEEDED"

    assert shop.read(first)["outcome"] == "SUPERSEDED"
    assert shop.timeline(second) == ["submitted", "validated", "in_progress", "succeeded"]


def test_a_failure_is_undone_by_itself(shop: LiveDeployments) -> None:
    shop.open("1.0.0", "1.1.0")
    assert shop.until_ended(shop.deploy("1.0.0")) == "SUCCEEDED"
    good = LiveDeployments(shop.stack, shop.http, shop.service)

    answer = good.post(f"/deployments/{good.deploy('1.1.0')}/cancel")
    assert answer.status_code in {200, 409}

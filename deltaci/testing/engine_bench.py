"""An engine and what it drives, for tests of what every engine promises."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from deltaci.engine_settings import EngineSettings
from deltaci.engines.noop import NoopEngine
from deltaci.engines.port import Engine, EngineOrder, EngineState
from deltaci.engines.runner import RunnerEngine
from deltaci.engines.webhook import WebhookEngine
from deltaci.testing.fake_deployer import SECRET, FakeDeployer
from deltaci.testing.memory_jobs import MemoryJobs
from deltaci.testing.settable_clock import SettableClock

KEY = "deployment-key-1"
LOCAL = EngineSettings(private_hosts="127.0.0.1", timeout_seconds=1)


@dataclass
class EngineBench:
    """One engine, an order that it can carry out, and what a test does to the world behind it."""

    engine: Engine
    order: EngineOrder
    clock: SettableClock
    effects: Callable[[], int]
    """How many deployments were begun out there."""
    end: Callable[[EngineState, str], None]
    """Let what was begun end, with these words about a failure."""
    hidden: str = ""
    """What nobody may read of its recipe's secret."""
    can_stop: bool = True
    go_down: Callable[[], Any] | None = None
    refuse: Callable[[str], None] | None = None
    """Let orders be refused with these words."""
    faulty_specs: list[dict[str, Any]] = field(default_factory=list)


def order_of(spec: dict[str, Any], secret: str = "") -> EngineOrder:
    """An order to deploy `checkout` 1.2.3 to staging."""
    return EngineOrder(
        key=KEY,
        deployment_id="0190-deployment",
        kind="ROLL_FORWARD",
        service="checkout",
        version="1.2.3",
        environment="staging",
        artifact_ref="s3://artifacts/checkout/1.2.3.zip",
        sha256="ab" * 32,
        git_sha="c0ffee" * 6 + "cafe",
        previous_version="1.2.2",
        spec=spec,
        secret=secret,
        callback_url="http://127.0.0.1:1/callback",
    )


@asynccontextmanager
async def noop_bench() -> AsyncIterator[EngineBench]:
    """The engine that does nothing."""
    clock = SettableClock()
    bench = EngineBench(
        NoopEngine(clock),
        order_of({"seconds": 60}),
        clock,
        effects=lambda: 1,
        end=lambda _state, _words: None,
        can_stop=False,
        faulty_specs=[{"seconds": -1}, {"outcome": "MAYBE"}, {"second": 1}],
    )

    def end(state: EngineState, _words: str) -> None:
        bench.order = replace(bench.order, spec={"seconds": 60, "outcome": state.value})
        clock.advance(61)

    bench.end = end
    yield bench


@asynccontextmanager
async def webhook_bench() -> AsyncIterator[EngineBench]:
    """The engine that tells somebody else's deployer."""
    clock = SettableClock()
    async with FakeDeployer(clock=clock) as deployer:

        def refuse(words: str) -> None:
            body = b'{"message": "' + words.encode() + b'"}'
            deployer.faults.fail_next(1, 422, body=body)

        yield EngineBench(
            WebhookEngine(LOCAL, clock),
            order_of({"url": deployer.url, "poll_url": deployer.poll_url}, SECRET),
            clock,
            effects=lambda: len(deployer.works),
            end=lambda state, words: deployer.end(KEY, state.value, message=words),
            hidden=SECRET,
            go_down=deployer.go_down,
            refuse=refuse,
            faulty_specs=[
                {},
                {"url": "ftp://deployer.test"},
                {"url": "https://ann:pw@deployer.test"},
                {"url": deployer.url, "poll_url": "https://deployer.test/status"},
                {"url": deployer.url, "headers": {"Authorization": "Bearer x"}},
            ],
        )
        assert deployer.violations == []  # noqa: S101 - what the bench is for


@asynccontextmanager
async def runner_bench() -> AsyncIterator[EngineBench]:
    """The engine that has jobs run."""
    clock, jobs = SettableClock(), MemoryJobs()

    async def go_down() -> None:
        jobs.reachable = False

    def refuse(words: str) -> None:
        jobs.refusal = words

    yield EngineBench(
        RunnerEngine(jobs, clock),
        order_of({"steps": ["./deploy.sh"]}, '{"TOKEN": "secret-of-the-recipe"}'),
        clock,
        effects=lambda: len(jobs.orders),
        end=jobs.end,
        hidden="secret-of-the-recipe",
        go_down=go_down,
        refuse=refuse,
        faulty_specs=[{}, {"steps": []}, {"steps": ["true"], "labels": "gpu"}],
    )


Bench = Callable[[], AbstractAsyncContextManager[EngineBench]]
BENCHES: dict[str, Bench] = {
    "noop": noop_bench,
    "webhook": webhook_bench,
    "runner": runner_bench,
}
"""Every engine; a new one joins the conformance suite by an entry here."""

"""How the engine `webhook` orders deployments of somebody else's deployer."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from deltaci.engine_settings import EngineSettings
from deltaci.engines.port import (
    EngineOrder,
    EngineRefusedError,
    EngineState,
    EngineUnavailableError,
    Execution,
    FailureCategory,
)
from deltaci.engines.webhook import WebhookEngine
from deltaci.testing.engine_bench import KEY, LOCAL, order_of
from deltaci.testing.fake_deployer import SECRET, FakeDeployer
from deltaci.testing.http_stub import Answer
from deltaci.testing.settable_clock import SettableClock

REDIRECT = {"Location": "https://elsewhere.test/"}


@pytest.fixture
async def deployer(clock: SettableClock) -> AsyncIterator[FakeDeployer]:
    async with FakeDeployer(clock=clock) as deployer:
        yield deployer


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def engine(clock: SettableClock) -> WebhookEngine:
    return WebhookEngine(LOCAL, clock)


@pytest.fixture
def order(deployer: FakeDeployer) -> EngineOrder:
    return order_of({"url": deployer.url, "poll_url": deployer.poll_url}, SECRET)


async def test_the_deployer_is_told_what_to_deploy_where(
    engine: WebhookEngine, order: EngineOrder, deployer: FakeDeployer
) -> None:
    execution = await engine.start(order)
    assert execution == Execution("work/1", "https://deployer.test/work/1")
    assert deployer.works[KEY].order == {
        "deployment_id": order.deployment_id,
        "kind": "ROLL_FORWARD",
        "service": "checkout",
        "version": "1.2.3",
        "environment": "staging",
        "artifactRef": order.artifact_ref,
        "sha256": order.sha256,
        "git_sha": order.git_sha,
        "previous_version": "1.2.2",
        "callback_url": order.callback_url,
    }
    assert deployer.violations == []


async def test_each_try_is_signed_for_its_own_moment(
    engine: WebhookEngine, order: EngineOrder, deployer: FakeDeployer, clock: SettableClock
) -> None:
    await engine.start(order)
    clock.advance(3600)
    await engine.start(order)
    first, second = (request.headers["webhook-timestamp"] for request in deployer.requests)
    assert int(second) - int(first) == 3600
    assert deployer.violations == []


async def test_a_lost_answer_does_not_deploy_twice(
    engine: WebhookEngine, order: EngineOrder, deployer: FakeDeployer
) -> None:
    deployer.faults.drop_answer()
    with pytest.raises(EngineUnavailableError):
        await engine.start(order)
    assert (await engine.start(order)).id == "work/1"
    assert len(deployer.works) == 1


async def test_a_deployer_that_never_answers_is_given_up_in_time(
    order: EngineOrder, deployer: FakeDeployer, clock: SettableClock
) -> None:
    deployer.faults.delay(30)
    settings = LOCAL.model_copy(update={"timeout_seconds": 0.05})
    with pytest.raises(EngineUnavailableError, match="no answer within"):
        await WebhookEngine(settings, clock).start(order)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
async def test_what_may_pass_is_tried_again_when_the_deployer_says(
    engine: WebhookEngine, order: EngineOrder, deployer: FakeDeployer, status: int
) -> None:
    deployer.faults.fail_next(1, status, {"Retry-After": "17"})
    with pytest.raises(EngineUnavailableError) as raised:
        await engine.start(order)
    assert raised.value.retry_after_seconds == 17
    await engine.start(order)


@pytest.mark.parametrize(
    ("status", "body", "category"),
    [
        (400, {"code": "unknown_service"}, FailureCategory.VALIDATION),
        (400, {"code": "artifact_bucket_mismatch"}, FailureCategory.ARTIFACT),
        (409, {"code": "no_previous_artifact"}, FailureCategory.ROLLBACK),
        (400, {"message": "checksum differs"}, FailureCategory.ARTIFACT),
        (400, {"message": "bad pipeline"}, FailureCategory.CONFIG),
        (401, {}, FailureCategory.POLICY),
        (403, {"code": "odd", "message": "no"}, FailureCategory.POLICY),
        (404, {}, FailureCategory.INFRASTRUCTURE),
        (405, {}, FailureCategory.VALIDATION),
        (422, {}, FailureCategory.VALIDATION),
        (302, {}, FailureCategory.CONFIG),
    ],
)
async def test_a_refusal_is_final_and_sorted(
    engine: WebhookEngine,
    order: EngineOrder,
    deployer: FakeDeployer,
    status: int,
    body: dict[str, Any],
    category: FailureCategory,
) -> None:
    deployer.faults.fail_next(1, status, REDIRECT, json.dumps(body).encode())
    with pytest.raises(EngineRefusedError) as raised:
        await engine.start(order)
    assert raised.value.failure.category is category
    assert len(deployer.requests) == 1


async def test_a_refusal_repeats_neither_the_secret_nor_the_engines_name(
    engine: WebhookEngine, order: EngineOrder, deployer: FakeDeployer
) -> None:
    order = replace(order, spec={**order.spec, "headers": {"X-Team": "team-token-77"}})
    said = f"127.0.0.1 got {SECRET} and team-token-77 from http://127.0.0.1:80/x"
    deployer.faults.fail_next(1, 400, body=json.dumps({"message": said}).encode())
    with pytest.raises(EngineRefusedError) as raised:
        await engine.start(order)
    told = f"{raised.value.failure!r} {raised.value!r}"
    for hidden in (SECRET, "team-token-77", "127.0.0.1"):
        assert hidden not in told


ODD_IDS = (b'{"id": []}', b'{"id": ""}', b'{"id": ".."}')


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b"[]", b"17", b"{", b"\xff", *ODD_IDS])
async def test_an_answer_that_no_deployer_gives_is_refused(
    engine: WebhookEngine, order: EngineOrder, deployer: FakeDeployer, body: bytes
) -> None:
    deployer.faults.fail_next(1, 200, body=body)
    with pytest.raises(EngineRefusedError) as raised:
        await engine.start(order)
    assert raised.value.failure.category is FailureCategory.CONFIG


async def test_an_endless_answer_is_not_read(
    engine: WebhookEngine, order: EngineOrder, deployer: FakeDeployer
) -> None:
    deployer.faults.fail_next(1, 200, body=b'{"id": "' + b"x" * 100_000 + b'"}')
    with pytest.raises(EngineRefusedError, match="is not set up"):
        await engine.start(order)


async def test_a_deployer_without_names_of_its_own_is_known_by_our_key(
    engine: WebhookEngine, order: EngineOrder, deployer: FakeDeployer
) -> None:
    deployer.faults.fail_next(1, 204, body=b"")
    assert await engine.start(order) == Execution(KEY)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://ann:pw@x.test", "nothing", 3])
async def test_a_link_that_people_must_not_follow_is_left_out(
    engine: WebhookEngine, order: EngineOrder, deployer: FakeDeployer, url: object
) -> None:
    deployer.answer = {"id": 12, "url": url}
    assert await engine.start(order) == Execution("12", None)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "not base64 !", "whsec_é"])
async def test_nothing_is_sent_under_a_secret_that_cannot_sign(
    engine: WebhookEngine, order: EngineOrder, deployer: FakeDeployer, secret: str
) -> None:
    with pytest.raises(EngineRefusedError) as raised:
        await engine.start(replace(order, secret=secret))
    assert raised.value.failure.category is FailureCategory.CONFIG
    assert deployer.requests == []


async def test_a_recipes_headers_are_sent_but_never_instead_of_ours(
    engine: WebhookEngine, order: EngineOrder, deployer: FakeDeployer
) -> None:
    given = {"X-Team": "shop", "idempotency-key": "mine", "Webhook-Id": "mine", "Host": "x.test"}
    await engine.start(replace(order, spec={**order.spec, "headers": given}))
    (request,) = deployer.requests
    assert request.headers["x-team"] == "shop"
    assert request.headers["idempotency-key"] == KEY
    assert request.headers["host"].startswith("127.0.0.1:")
    assert deployer.violations == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "https://localhost/", "https://[::1]/", "https://127.0.0.1/"]
)
async def test_an_inner_address_is_not_called_unless_it_is_allowed(
    order: EngineOrder, deployer: FakeDeployer, clock: SettableClock, url: str
) -> None:
    engine = WebhookEngine(EngineSettings(), clock)
    with pytest.raises(EngineRefusedError) as raised:
        await engine.start(replace(order, spec={"url": url}))
    assert raised.value.failure.category is FailureCategory.CONFIG
    assert deployer.requests == []


async def test_a_network_may_be_allowed_as_a_whole(
    order: EngineOrder, deployer: FakeDeployer, clock: SettableClock
) -> None:
    settings = EngineSettings(private_hosts="deployer.internal, 127.0.0.0/8")
    await WebhookEngine(settings, clock).start(order)
    assert len(deployer.works) == 1


async def test_the_host_that_was_looked_up_is_still_told_its_name(
    order: EngineOrder, deployer: FakeDeployer, clock: SettableClock
) -> None:
    spec = {"url": deployer.url.replace("127.0.0.1", "localhost")}
    engine = WebhookEngine(EngineSettings(private_hosts="localhost"), clock)
    await engine.start(replace(order, spec=spec))
    (request,) = deployer.requests
    assert request.headers["host"].startswith("localhost:")


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("RUNNING", EngineState.RUNNING),
        ("not_started", EngineState.RUNNING),
        ("PAUSED", EngineState.RUNNING),
        ("never heard of", EngineState.RUNNING),
        ("succeeded", EngineState.SUCCEEDED),
        ("TERMINAL", EngineState.FAILED),
        ("STOPPED", EngineState.CANCELED),
        ("CANCELED", EngineState.CANCELED),
    ],
)
async def test_a_deployers_words_for_its_states_are_understood(
    engine: WebhookEngine,
    order: EngineOrder,
    deployer: FakeDeployer,
    word: str,
    state: EngineState,
) -> None:
    execution = await engine.start(order)
    deployer.end(KEY, word)
    assert (await engine.poll(order, execution)).state is state


async def test_work_that_the_deployer_has_forgotten_has_failed(
    engine: WebhookEngine, order: EngineOrder, deployer: FakeDeployer
) -> None:
    execution = await engine.start(order)
    deployer.works.clear()
    progress = await engine.poll(order, execution)
    assert progress.state is EngineState.FAILED
    assert progress.failure is not None
    assert progress.failure.category is FailureCategory.INFRASTRUCTURE


@pytest.mark.parametrize(
    "answer", [Answer(401, b"{}"), Answer(302, b""), Answer(200, b"<html>"), Answer(200, b"{}")]
)
async def test_a_deployer_that_makes_no_sense_has_not_failed_the_deployment(
    engine: WebhookEngine, order: EngineOrder, deployer: FakeDeployer, answer: Answer
) -> None:
    execution = await engine.start(order)
    deployer.faults.fail_next(1, answer.status, body=answer.body)
    with pytest.raises(EngineUnavailableError):
        await engine.poll(order, execution)


async def test_without_a_poll_url_the_deployer_has_to_call_back(
    engine: WebhookEngine, order: EngineOrder, deployer: FakeDeployer
) -> None:
    order = replace(order, spec={"url": deployer.url})
    execution = await engine.start(order)
    await engine.cancel(order, execution)
    assert (await engine.poll(order, execution)).state is EngineState.RUNNING
    assert len(deployer.requests) == 1

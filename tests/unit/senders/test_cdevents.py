"""What is sent to a CDEvents sink is a CloudEvent, and says what the vocabulary asks for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from deltaci.senders.cdevents import TYPES, CdeventsSender, envelope, event_of
from deltaci.senders.port import Message, NothingToSayError, Subject
from deltaci.testing.receiver import Receiver
from deltaci.wire.notifications import EVENT_TYPES

MakeMessage = Callable[..., Message]
SCHEMAS = Path(__file__).parents[2] / "fixtures" / "cdevents"
SOURCE = "https://ci.example"


def check(event: Any) -> None:
    name = event["context"]["type"].removeprefix("dev.cdevents.").removesuffix(".0.2.0")
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    checker = Draft202012Validator.FORMAT_CHECKER
    Draft202012Validator(schema, format_checker=checker).validate(event)


@pytest.mark.parametrize("event_type", sorted(TYPES))
@pytest.mark.parametrize("product", ["shop", "größe/api <b>", None])
@pytest.mark.parametrize("link", ["", "https://ci.example/7"])
def test_every_event_has_the_shape_of_its_kind(
    message: MakeMessage, event_type: str, product: str | None, link: str
) -> None:
    subject = Subject("deployment", "dep-1", product or "-", "1.2.3", "production", error="boom")

    document = envelope(
        event_of(message(event_type=event_type, subject=subject, link=link), SOURCE)
    )

    check(document["data"])
    assert document["specversion"] == "1.0"
    assert document["type"] == document["data"]["context"]["type"]
    assert document["id"] == "msg_7_channel"


def test_a_deployment_that_succeeded_is_a_service_that_was_deployed(message: MakeMessage) -> None:
    event = event_of(message(event_type="deployment.completed"), SOURCE).model_dump(by_alias=True)

    assert event["context"]["type"] == "dev.cdevents.service.deployed.0.2.0"
    assert event["subject"]["id"] == "shop"
    assert event["subject"]["content"] == {
        "environment": {"id": "production", "source": SOURCE},
        "artifactId": "pkg:generic/shop@1.2.3",
    }
    assert event["customData"] == message().payload


@pytest.mark.parametrize(
    ("event_type", "outcome"),
    [
        ("deployment.failed", "failure"),
        ("deployment.preflight_failed", "failure"),
        ("deployment.aborted", "error"),
        ("build.failed", "failure"),
    ],
)
def test_what_did_not_succeed_is_a_run_with_its_outcome(
    message: MakeMessage, event_type: str, outcome: str
) -> None:
    content = event_of(message(event_type=event_type), SOURCE).subject.content

    assert content["outcome"] == outcome
    assert content["errors"]


def test_what_there_is_no_word_for_is_not_sent(message: MakeMessage) -> None:
    wordless = [each for each in EVENT_TYPES if each.startswith(("dr.", "version."))]

    assert sorted(set(EVENT_TYPES) - set(TYPES)) == sorted(wordless)
    with pytest.raises(NothingToSayError):
        event_of(message(event_type="dr.created"), SOURCE)


async def test_a_sink_is_sent_a_cloud_event_with_its_token(
    receiver: Receiver, message: MakeMessage
) -> None:
    sender = CdeventsSender(5.0, frozenset({"127.0.0.1"}), SOURCE)
    await sender.send({"url": receiver.url, "token": "sink-token"}, message())
    await sender.close()

    (request,) = receiver.received
    assert request.headers["content-type"].startswith("application/cloudevents+json")
    assert request.headers["authorization"] == "Bearer sink-token"
    check(json.loads(request.body)["data"])

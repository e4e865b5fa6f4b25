"""CDEvents in CloudEvents over HTTP (structured mode): what happened, in the words of CI/CD.

Version 0.4 of the vocabulary. It has words for a build that is queued, starts and finishes, and
for a service that is deployed; every other step of a build or a deployment is one of a pipeline
run, which has an outcome. What it has no words for is not sent.
"""

import json
from collections.abc import Collection, Mapping
from datetime import UTC
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from deltaci.senders.guard import guarded_client
from deltaci.senders.port import Config, Message, NothingToSayError
from deltaci.senders.post import post

SPEC_VERSION = "0.4.1"
CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"

TYPES: Mapping[str, tuple[str, str]] = {
    "build.pending": ("build", "queued.0.2.0"),
    "build.started": ("build", "started.0.2.0"),
    "build.completed": ("build", "finished.0.2.0"),
    "build.failed": ("pipelineRun", "finished.0.2.0"),
    "build.aborted": ("pipelineRun", "finished.0.2.0"),
    "deployment.pending": ("pipelineRun", "queued.0.2.0"),
    "deployment.started": ("pipelineRun", "started.0.2.0"),
    "deployment.completed": ("service", "deployed.0.2.0"),
    "deployment.failed": ("pipelineRun", "finished.0.2.0"),
    "deployment.preflight_failed": ("pipelineRun", "finished.0.2.0"),
    "deployment.aborted": ("pipelineRun", "finished.0.2.0"),
}
"""Which subject and which predicate tell of each event."""


class Context(BaseModel):
    """Says which event it is, and of what kind."""

    model_config = ConfigDict(frozen=True)

    version: str = SPEC_VERSION
    id: str
    source: str
    type: str
    timestamp: str


class EventSubject(BaseModel):
    """What the event is about."""

    model_config = ConfigDict(frozen=True)

    id: str
    source: str
    type: str
    content: dict[str, Any]


class CDEvent(BaseModel):
    """One event."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    context: Context
    subject: EventSubject
    custom_data: dict[str, Any] = Field(serialization_alias="customData")
    custom_content_type: str = Field(
        "application/json", serialization_alias="customDataContentType"
    )


class CdeventsSender:
    """Sends events to the channel's `url`."""

    def __init__(self, timeout_seconds: float, private_hosts: Collection[str], source: str) -> None:
        self._seconds = timeout_seconds
        self._client = guarded_client(timeout_seconds, private_hosts)
        self._source = source

    async def send(self, config: Config, message: Message) -> int:
        """See Sender."""
        body = json.dumps(envelope(event_of(message, self._source))).encode()
        headers = {"Content-Type": CONTENT_TYPE}
        if "token" in config:
            headers["Authorization"] = f"Bearer {config['token']}"
        return await post(
            self._client, config["url"], body, headers, seconds=self._seconds, now=message.now
        )

    async def close(self) -> None:
        """See Sender."""
        await self._client.aclose()


def event_of(message: Message, source: str) -> CDEvent:
    """Return the event. Raises NothingToSayError."""
    if message.event_type not in TYPES:
        raise NothingToSayError("CDEvents has no word for it")
    subject_type, predicate = TYPES[message.event_type]
    moment = message.occurred_at.astimezone(UTC).isoformat(timespec="milliseconds")
    return CDEvent(
        context=Context(
            id=message.id,
            source=source,
            type=f"dev.cdevents.{subject_type.lower()}.{predicate}",
            timestamp=moment.replace("+00:00", "Z"),
        ),
        subject=EventSubject(
            id=_subject_id(message, subject_type),
            source=source,
            type=subject_type,
            content=_content(message, subject_type, predicate, source),
        ),
        custom_data=dict(message.payload),
    )


def envelope(event: CDEvent) -> dict[str, Any]:
    """Return the event in CloudEvents' JSON."""
    return {
        "specversion": "1.0",
        "id": event.context.id,
        "source": event.context.source,
        "type": event.context.type,
        "time": event.context.timestamp,
        "datacontenttype": "application/json",
        "data": event.model_dump(by_alias=True),
    }


def _subject_id(message: Message, subject_type: str) -> str:
    """A service keeps its name from deployment to deployment; a run or a build is one of many."""
    product = message.subject.product
    return product if subject_type == "service" and product else message.subject.id


def _content(message: Message, subject_type: str, predicate: str, source: str) -> dict[str, Any]:
    match subject_type, predicate.partition(".")[0]:
        case "service", _:
            environment = {"id": message.subject.environment or "", "source": source}
            return {"environment": environment, "artifactId": package_of(message)}
        case "build", "finished":
            return {"artifactId": package_of(message)}
        case "pipelineRun", verb:
            return _run(message, verb, source)
        case _:
            return {}


def _run(message: Message, verb: str, source: str) -> dict[str, Any]:
    told = {
        "pipelineName": _pipeline(message),
        "url": message.link or f"{source}#{quote(message.subject.id)}",
    }
    if verb == "finished":
        aborted = message.event_type.endswith(".aborted")
        told |= {
            "outcome": "error" if aborted else "failure",
            "errors": message.subject.error or message.title,
        }
    return told


def _pipeline(message: Message) -> str:
    subject = message.subject
    name = f"{subject.kind} {subject.product or subject.id}"
    return f"{name} to {subject.environment}" if subject.environment else name


def package_of(message: Message) -> str:
    """Name what was built as a package URL."""
    product, version = message.subject.product or "", message.subject.version or ""
    return f"pkg:generic/{quote(product, safe='/')}@{quote(version, safe='')}"

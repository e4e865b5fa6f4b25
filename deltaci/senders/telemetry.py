"""Builds and deployments as OpenTelemetry spans and metrics, by its CI/CD conventions.

A span marks the moment in which a build or a deployment ended; how long it took is not known to
every tool that tells of one. Telemetry is told at most once: what a worker that dies has not sent
yet is lost, and nothing waits for it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deltaci.otel_settings import OtelSettings
from deltaci.senders.port import Message

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.trace import TracerProvider

SCOPE = "deltaci"
RESULTS: Mapping[str, str] = {
    "completed": "success",
    "failed": "failure",
    "preflight_failed": "failure",
    "aborted": "cancellation",
}
"""`cicd.pipeline.result` of what has ended; everything else goes on."""
STATES: Mapping[str, str] = {"pending": "pending", "started": "executing"}
EXPORT_SECONDS = 5.0
NANOSECONDS = 1_000_000_000


class Telemetry:
    """Shows what happened to the providers."""

    def __init__(self, tracers: "TracerProvider", meters: "MeterProvider") -> None:
        self._tracers, self._meters = tracers, meters
        self._tracer = tracers.get_tracer(SCOPE)
        meter = meters.get_meter(SCOPE)
        self._events = meter.create_counter(
            "cicd.pipeline.run.events", "{event}", "Builds and deployments by what befell them."
        )
        self._errors = meter.create_counter(
            "cicd.pipeline.run.errors", "{error}", "Builds and deployments that failed."
        )

    def observe(self, message: Message) -> None:
        """Count an event, and draw a span for one that ends something; neither waits."""
        kind, _, happened = message.event_type.partition(".")
        if kind not in {"build", "deployment"}:
            return
        few = _few(message, kind, happened)
        self._events.add(1, few)
        if RESULTS.get(happened) == "failure":
            self._errors.add(1, {**few, "error.type": happened})
        if happened in RESULTS:
            self._draw(message, kind, few)

    def close(self) -> None:
        """Send what is left."""
        self._tracers.shutdown()
        self._meters.shutdown(timeout_millis=EXPORT_SECONDS * 1000)

    def _draw(self, message: Message, kind: str, few: Mapping[str, str]) -> None:
        from opentelemetry.trace import SpanKind, Status, StatusCode  # noqa: PLC0415 - an extra

        subject = message.subject
        at = int(message.occurred_at.timestamp() * NANOSECONDS)
        span = self._tracer.start_span(
            f"{kind} {subject.product or subject.id}",
            kind=SpanKind.SERVER,
            start_time=at,
            attributes={**few, **_many(message)},
        )
        if few["cicd.pipeline.result"] == "failure":
            span.set_status(Status(StatusCode.ERROR, subject.error or message.title))
        span.end(at)


def build_telemetry(settings: OtelSettings) -> Telemetry | None:
    """Return what sends to the endpoint of the settings; None without one.

    Raises ValueError when the extra is missing.
    """
    if not settings.endpoint:
        return None
    try:
        return _exporting(settings)
    except ImportError as error:
        raise ValueError("otel.endpoint is set: install the extra `otel`") from error


def _exporting(settings: OtelSettings) -> Telemetry:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter  # noqa: PLC0415 - of an extra
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - of an extra
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415 - of an extra
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: PLC0415 - of an extra
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - of an extra
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - of an extra
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - of an extra

    resource = Resource.create({"service.name": settings.service_name})
    tracers = TracerProvider(resource=resource)
    spans = OTLPSpanExporter(endpoint=f"{settings.endpoint}/v1/traces", timeout=EXPORT_SECONDS)
    tracers.add_span_processor(BatchSpanProcessor(spans))
    numbers = OTLPMetricExporter(endpoint=f"{settings.endpoint}/v1/metrics", timeout=EXPORT_SECONDS)
    meters = MeterProvider([PeriodicExportingMetricReader(numbers)], resource=resource)
    return Telemetry(tracers, meters)


def _few(message: Message, kind: str, happened: str) -> dict[str, str]:
    """Attributes with few values each: those that metrics may have."""
    subject = message.subject
    known = {
        "cicd.pipeline.name": f"{kind} {subject.product or subject.id}",
        "cicd.pipeline.action.name": {"build": "BUILD"}.get(kind, "RUN"),
        "cicd.pipeline.run.state": STATES.get(happened),
        "cicd.pipeline.result": RESULTS.get(happened),
        "deployment.environment.name": subject.environment,
    }
    return {name: value for name, value in known.items() if value}


def _many(message: Message) -> dict[str, Any]:
    """Attributes of one of its kind, which only a span may have."""
    subject, payload = message.subject, message.payload
    known = {
        "cicd.pipeline.run.id": subject.id,
        "cicd.pipeline.run.url.full": message.link or None,
        "service.version": subject.version,
        "deployment.id": subject.id if subject.kind == "deployment" else None,
        "vcs.ref.head.revision": payload.get("commit_sha"),
        "vcs.repository.name": payload.get("repo_name"),
    }
    return {name: value for name, value in known.items() if value}

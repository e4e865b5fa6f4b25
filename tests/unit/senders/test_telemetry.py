"""Builds and deployments are spans and numbers, named as OpenTelemetry's CI/CD conventions do."""

from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from deltaci.otel_settings import OtelSettings
from deltaci.senders.port import Message
from deltaci.senders.telemetry import Telemetry, build_telemetry

MakeMessage = Callable[..., Message]


class Collector:
    def __init__(self) -> None:
        self._spans, self._reader = InMemorySpanExporter(), InMemoryMetricReader()
        tracers = TracerProvider()
        tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        self.telemetry = Telemetry(tracers, MeterProvider([self._reader]))

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self._spans.get_finished_spans()

    @property
    def counts(self) -> dict[str, Any]:
        data = self._reader.get_metrics_data()
        metrics: list[Any] = [
            metric
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
        ]
        return {
            metric.name: [
                (dict(point.attributes), point.value) for point in metric.data.data_points
            ]
            for metric in metrics
        }


@pytest.fixture
def collector() -> Collector:
    return Collector()


def test_a_failed_deployment_is_a_span_in_error(collector: Collector, message: MakeMessage) -> None:
    collector.telemetry.observe(message())

    (span,) = collector.spans
    attributes = dict(span.attributes or {})
    assert span.name == "deployment shop"
    assert span.start_time == span.end_time == int(message().occurred_at.timestamp() * 1e9)
    assert span.status.is_ok is False
    assert attributes["cicd.pipeline.result"] == "failure"
    assert attributes["cicd.pipeline.run.id"] == attributes["deployment.id"] == "dep-1"
    assert attributes["deployment.environment.name"] == "production"
    assert attributes["service.version"] == "1.2.3"


@pytest.mark.parametrize(
    ("event_type", "spans", "errors"),
    [
        ("deployment.pending", 0, 0),
        ("deployment.started", 0, 0),
        ("deployment.completed", 1, 0),
        ("deployment.preflight_failed", 1, 1),
        ("build.failed", 1, 1),
        ("build.aborted", 1, 0),
    ],
)
def test_what_happens_is_counted_and_what_ends_is_drawn(
    collector: Collector, message: MakeMessage, event_type: str, spans: int, errors: int
) -> None:
    collector.telemetry.observe(message(event_type=event_type))

    counts = collector.counts
    ((attributes, count),) = counts["cicd.pipeline.run.events"]
    assert count == 1
    assert "cicd.pipeline.run.id" not in attributes, "a metric has no value of its own per run"
    assert len(counts.get("cicd.pipeline.run.errors", [])) == errors
    assert len(collector.spans) == spans


def test_what_is_neither_is_passed_over(collector: Collector, message: MakeMessage) -> None:
    collector.telemetry.observe(message(event_type="dr.created"))

    assert (collector.spans, collector.counts) == ((), {})


def test_it_is_off_without_an_endpoint() -> None:
    assert build_telemetry(OtelSettings()) is None


def test_an_endpoint_turns_it_on() -> None:
    telemetry = build_telemetry(OtelSettings(endpoint="http://127.0.0.1:1"))

    assert telemetry is not None
    telemetry.close()


def test_an_endpoint_is_a_web_address() -> None:
    with pytest.raises(ValueError, match="must be an http or https address"):
        OtelSettings(endpoint="collector:4317")

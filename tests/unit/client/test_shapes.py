from typing import Any, get_type_hints

import pytest
from pydantic import BaseModel

from deltaci.client import dxcp_shapes, notification_shapes, shapes
from deltaci.wire import (
    builds,
    forges,
    governance,
    notifications,
    provenance,
    reports,
    repositories,
    runs,
    tokens,
)
from deltaci.wire.values import OmitsAbsent

PAIRS: list[tuple[type[Any], type[BaseModel]]] = [
    (shapes.Run, runs.RunView),
    (shapes.Job, runs.JobView),
    (shapes.Attempt, runs.AttemptView),
    (shapes.Artifact, runs.ArtifactView),
    (shapes.FailureExplanation, runs.FailureExplanationView),
    (shapes.SkippedJob, runs.SkippedJobView),
    (shapes.Plan, runs.PlanView),
    (shapes.JobDetail, runs.JobDetail),
    (shapes.RunDetail, runs.RunDetail),
    (shapes.RunPage, runs.RunPage),
    (shapes.RunAccepted, runs.RunAccepted),
    (shapes.RerunAccepted, runs.RerunAccepted),
    (shapes.Repository, repositories.RepositoryView),
    (shapes.RepositoryPage, repositories.RepositoryPage),
    (shapes.IssuedToken, tokens.IssuedToken),
    (shapes.WebhookAccepted, forges.WebhookAccepted),
    (shapes.Delivery, forges.DeliveryView),
    (shapes.DeliveryPage, forges.DeliveryPage),
    (shapes.WebhookSecret, forges.WebhookSecretView),
    (shapes.WebhookSecretList, forges.WebhookSecretList),
    (shapes.Report, reports.ReportView),
    (shapes.ReportPage, reports.ReportPage),
    (dxcp_shapes.Build, builds.BuildView),
    (dxcp_shapes.BuildPage, builds.BuildPage),
    (shapes.BuildRefusal, runs.BuildRefusal),
    (shapes.RunBuild, runs.RunBuildView),
    (dxcp_shapes.Provenance, provenance.ProvenanceView),
    (dxcp_shapes.ProvenRun, provenance.ProvenRun),
    (dxcp_shapes.ProvenJob, provenance.ProvenJob),
    (dxcp_shapes.ProvenTrigger, provenance.ProvenTrigger),
    (dxcp_shapes.ProvenArtifact, provenance.ProvenArtifact),
    (dxcp_shapes.ProvenSignature, provenance.ProvenSignature),
    (dxcp_shapes.Service, builds.ServiceView),
    (dxcp_shapes.ServiceList, builds.ServiceList),
    (dxcp_shapes.CiPublisher, governance.CiPublisher),
    (dxcp_shapes.CiPublisherList, governance.CiPublisherList),
    (dxcp_shapes.PublisherVerdict, governance.PublisherVerdict),
    (dxcp_shapes.PublisherTrial, governance.PublisherTrial),
    (notification_shapes.Channel, notifications.ChannelView),
    (notification_shapes.ChannelPage, notifications.ChannelPage),
    (notification_shapes.TestResult, notifications.TestResult),
    (notification_shapes.Filters, notifications.Filters),
    (notification_shapes.Preference, notifications.PreferenceView),
    (notification_shapes.PreferencePage, notifications.PreferencePage),
    (notification_shapes.Notification, notifications.NotificationView),
    (notification_shapes.HistoryPage, notifications.HistoryPage),
]


def omits_absent(model: type[BaseModel]) -> bool:
    return issubclass(model, OmitsAbsent)


@pytest.mark.parametrize(("shape", "model"), PAIRS, ids=lambda each: each.__name__)
def test_a_shape_has_the_keys_of_its_wire_model(shape: type[Any], model: type[BaseModel]) -> None:
    assert set(get_type_hints(shape)) == set(model.model_fields)
    optional = {name for name, field in model.model_fields.items() if field.default is None}
    assert shape.__optional_keys__ == (optional if omits_absent(model) else frozenset())


def test_every_shape_is_compared() -> None:
    everything = [
        each
        for module in (shapes, dxcp_shapes, notification_shapes)
        for each in vars(module).values()
    ]
    defined = {each for each in everything if hasattr(each, "__optional_keys__")}
    assert defined == {shape for shape, _ in PAIRS}

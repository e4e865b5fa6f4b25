"""Deployment requests over the API (Versioner spec §3.3)."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from deltaci.states import RequestState
from deltaci.wire.approvals import ApprovalType, ApprovalView
from deltaci.wire.rules import EnvironmentName
from deltaci.wire.values import StrictRequest, Timestamp, WireModel

ITEMS_MAX = 100
SLOTS_MAX = 20
STEPS_MAX = 100

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
RequestName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000)]
Environments = Annotated[list[EnvironmentName], Field(max_length=50)]


class Phase(StrEnum):
    """When a step is to be done: what comes before gates deployments, what after completion."""

    PRE = "pre"
    POST = "post"


class Progress(StrEnum):
    """How far a version of a request is with an environment."""

    NOT_DEPLOYED = "not_deployed"
    IN_PROGRESS = "in_progress"
    DEPLOYED = "deployed"
    FAILED = "failed"


class Item(StrictRequest):
    """A version that a request is about: one of each product."""

    product_name: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    version: Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Slot(StrictRequest):
    """A sign-off that a request needs, or only hears of."""

    approval_type: ApprovalType
    required: bool = True


class Step(StrictRequest):
    """Something to do before or after the deployments."""

    phase: Phase
    title: Title


Items = Annotated[list[Item], Field(max_length=ITEMS_MAX)]
Slots = Annotated[list[Slot], Field(max_length=SLOTS_MAX)]
Steps = Annotated[list[Step], Field(max_length=STEPS_MAX)]


class CreateRequest(StrictRequest):
    """`POST /deployment-requests/`: begin a draft, from a template if one is named."""

    name: RequestName
    description: Description = ""
    environments: Environments = []
    """Without any, those of the template."""
    items: Items = []
    slots: Slots = []
    """After those of the template."""
    steps: Steps = []
    template_id: Annotated[str, StringConstraints(max_length=36)] | None = None


class ChangeRequest(StrictRequest):
    """`PATCH /deployment-requests/{id}`: change a draft."""

    name: RequestName | None = None
    description: Description | None = None
    environments: Environments | None = None


class Tick(StrictRequest):
    """`POST /deployment-requests/{id}/steps/{step_id}/tick`: say that a step is done, or is not."""

    done: bool = True


class SlotView(WireModel):
    """A slot, and what was said in it."""

    id: str
    approval_type: ApprovalType
    required: bool
    status: str
    """`pending`, `approved` or `rejected`."""
    approver_roles: list[str]
    approvals: list[ApprovalView]


class StepView(WireModel):
    """A step, and who has done it when."""

    id: str
    phase: Phase
    title: str
    done_by: str | None
    done_at: Timestamp | None


class RequestSummary(WireModel):
    """A request without what belongs to it."""

    id: str
    name: str
    description: str
    status: RequestState
    environments: list[str]
    template_id: str | None
    created_by: str
    created_at: Timestamp
    updated_at: Timestamp
    activated_at: Timestamp | None
    ended_at: Timestamp | None


class RequestView(RequestSummary):
    """A request with its versions, slots and steps."""

    items: list[Item]
    slots: list[SlotView]
    steps: list[StepView]


class RequestPage(WireModel):
    """One page of requests, newest first; `next_cursor` is null on the last."""

    items: list[RequestSummary]
    next_cursor: str | None = None


class ProgressView(WireModel):
    """How far one version is with one environment."""

    product_name: str
    version: str
    environment_name: str
    progress: Progress
    deployment_id: str | None


class ProgressList(WireModel):
    """Every version of a request in every environment of it."""

    items: list[ProgressView]


class CreateTemplate(StrictRequest):
    """`POST /request-templates/`: what requests begin with."""

    name: RequestName
    environments: Environments = []
    slots: Slots = []
    steps: Steps = []


class TemplateView(WireModel):
    """A template."""

    id: str
    name: str
    environments: list[str]
    slots: list[Slot]
    steps: list[Step]
    created_by: str
    created_at: Timestamp


class TemplateList(WireModel):
    """All templates by name."""

    items: list[TemplateView]

"""Guardrails of a delivery group: how many deployments, how often, when, and who agrees."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, field_validator

from deltaci.identity.roles import Role
from deltaci.wire.schedule import Effect, ScheduleWindow, Windows
from deltaci.wire.values import StrictRequest, WireModel

CONCURRENT_MAX = 100
QUOTA_MAX = 5000
APPROVALS_MAX = 10
SOAK_SECONDS_MAX = 30 * 24 * 60 * 60

Whole = Annotated[int, Field(strict=True)]
OnLock = Annotated[str, Field(pattern="^(refuse|queue)$")]
"""Whether a deployment that finds its environment taken is refused, or waits for its turn."""

REFUSE, QUEUE = "refuse", "queue"


class Guardrails(StrictRequest):
    """What a group, or a group in one environment, sets; None leaves the wider value alone."""

    max_concurrent_deployments: Annotated[Whole, Field(ge=1, le=CONCURRENT_MAX)] | None = None
    daily_deploy_quota: Annotated[Whole, Field(ge=1, le=QUOTA_MAX)] | None = None
    """Deployments and promotions that begin within a UTC day."""
    daily_rollback_quota: Annotated[Whole, Field(ge=1, le=QUOTA_MAX)] | None = None
    on_lock: OnLock | None = None
    required_approvals: Annotated[Whole, Field(ge=0, le=APPROVALS_MAX)] | None = None
    approver_roles: Annotated[list[Role], Field(min_length=1, max_length=20)] | None = None
    soak_seconds: Annotated[Whole, Field(ge=0, le=SOAK_SECONDS_MAX)] | None = None
    """How long a version has run in the source environment before it is promoted."""
    freeze_windows: Windows | None = None
    """When nothing is deployed, each like a window of a schedule rule."""

    @field_validator("freeze_windows")
    @classmethod
    def _frozen(cls, windows: list[ScheduleWindow] | None) -> list[ScheduleWindow] | None:
        if any(window.effect is not Effect.BLOCK for window in windows or ()):
            raise ValueError("a freeze window blocks; one that allows belongs into a rule")
        return windows

    @field_validator("approver_roles")
    @classmethod
    def _people(cls, roles: list[Role] | None) -> list[Role] | None:
        if roles and not {Role.RUNNER, Role.CI_PUBLISHER}.isdisjoint(roles):
            raise ValueError("machines approve nothing")
        return roles


class EffectiveGuardrails(WireModel):
    """The guardrails that count for a group in one environment."""

    max_concurrent_deployments: int = 1
    daily_deploy_quota: int = 25
    daily_rollback_quota: int = 10
    on_lock: str = REFUSE
    required_approvals: int = 0
    approver_roles: list[Role] = [Role.DELIVERY_OWNER]
    soak_seconds: int = 0
    freeze_windows: list[dict[str, Any]] = []


def effective(*layers: Mapping[str, Any]) -> EffectiveGuardrails:
    """Lay stored guardrails over the defaults, the widest first: each key by itself."""
    merged: dict[str, Any] = {}
    for layer in layers:
        merged |= {name: value for name, value in layer.items() if value is not None}
    return EffectiveGuardrails.model_validate(merged)

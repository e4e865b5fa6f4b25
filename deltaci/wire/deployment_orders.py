"""Payloads between the gateway, the deployment's workflow and its activities.

Stored in Temporal's histories like those of `deltaci.wire.orchestration`: small, without secrets,
and every field added later has a default.
"""

from datetime import datetime

from deltaci.states import DeploymentState
from deltaci.wire.orchestration import Payload


class DeploymentTimers(Payload):
    """The settings that a deployment's waits follow, fixed when it starts so that replays agree."""

    wait_max_seconds: int
    recheck_seconds: int
    poll_seconds: int
    start_give_up_seconds: int
    call_timeout_seconds: int
    cancel_deadline_seconds: int
    timeout_seconds: int
    """Longest that the engine may take, by its recipe."""


class Checks(Payload):
    """What is verified once the engine has ended well."""

    probes: bool = False
    probe_interval_seconds: int = 5
    probe_timeout_seconds: int = 120
    successes: int = 1
    command: bool = False
    soak_seconds: int = 0

    @property
    def any(self) -> bool:
        """Whether there is anything to verify."""
        return self.probes or self.command or self.soak_seconds > 0


class DeploymentOrder(Payload):
    """The input of a deployment's workflow."""

    deployment_id: str
    service: str
    version: str
    environment: str
    kind: str
    timers: DeploymentTimers
    checks: Checks = Checks()


class DeploymentRef(Payload):
    """One deployment, by id."""

    deployment_id: str


class Trouble(Payload):
    """Why a deployment went wrong, in words for people."""

    category: str
    summary: str
    detail: str | None = None
    action_hint: str | None = None


class Admission(Payload):
    """Whether a deployment may begin now: it holds its lock then, and is IN_PROGRESS."""

    begins: bool
    ended: bool = False
    """It has ended already, or nothing will ever let it begin."""
    retry_at: datetime | None = None
    """When time alone lets it begin."""
    trouble: Trouble | None = None
    """Why nothing will."""


RUNNING, SUCCEEDED, FAILED, CANCELED = "RUNNING", "SUCCEEDED", "FAILED", "CANCELED"
"""Words of `deltaci.engines.port.EngineState` that a workflow decides by."""


class EngineStanding(Payload):
    """How far an engine is, as an `EngineState`, and what went wrong if it FAILED."""

    state: str
    trouble: Trouble | None = None

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.state == RUNNING

    @property
    def succeeded(self) -> bool:
        """Whether it has deployed."""
        return self.state == SUCCEEDED


class ProbeOutcome(Payload):
    """How one look at what was deployed went."""

    ok: bool
    detail: str = ""


class DeploymentEnding(Payload):
    """How the workflow asks for a deployment to be settled."""

    deployment_id: str
    wanted: DeploymentState
    reason: str = ""
    trouble: Trouble | None = None


class DeploymentOutcome(Payload):
    """The result of a deployment's workflow."""

    deployment_id: str
    state: DeploymentState

"""What is known of the world when rules are asked: values, gathered before and never later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from deltaci.states import DeploymentState, RequestState
from deltaci.wire.approvals import ApprovalType, ApprovalVerdict


@dataclass(frozen=True, slots=True)
class Ended:
    """How a version's latest deployment to an environment that has ended, ended."""

    deployment_id: str
    state: DeploymentState
    at: datetime


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A deployment that is being carried out."""

    deployment_id: str
    product: str
    environment: str
    invoke_id: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class SignOff:
    """What somebody said of a version, a deployment or a slot."""

    type: ApprovalType
    verdict: ApprovalVerdict
    actor: str
    at: datetime
    environment: str = ""
    """Where it was given for; empty means everywhere."""


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """A slot of a request, and what was said in it."""

    type: ApprovalType
    required: bool
    sign_offs: Sequence[SignOff] = ()


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """A deployment request that was activated and names the attempt's product."""

    id: str
    name: str
    state: RequestState
    version: str
    environments: frozenset[str]
    created_by: str
    activated_at: datetime
    slots: Sequence[SlotFacts] = ()
    undone_pre_steps: Sequence[str] = ()
    """Their titles."""

    @property
    def is_active(self) -> bool:
        """Whether its sign-offs count."""
        return self.state in {RequestState.IN_PROGRESS, RequestState.APPROVED}


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that rules look at beside the attempt itself."""

    ended: Mapping[str, Ended] = field(default_factory=dict)
    """Of the attempt's very version, by environment."""
    under_way: Sequence[UnderWay] = ()
    """Oldest first, the attempt's own not among them."""
    sign_offs: Sequence[SignOff] = ()
    """Of the attempt's version."""
    version_author: str = ""
    """Who made the version known."""
    requests: Sequence[RequestFacts] = ()
    """Those that were activated last come first."""

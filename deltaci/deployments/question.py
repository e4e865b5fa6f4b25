"""What somebody wants, and everything that the answer depends on: pure values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from deltaci.rules.model import RulesVerdict
from deltaci.wire.catalog import LifecycleState
from deltaci.wire.deployments import DeploymentKind
from deltaci.wire.governance import ContractRole

NOTHING_FOUND = RulesVerdict()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as far as that matters."""

    id: str
    role: ContractRole | None
    """The highest that it has."""
    roles: frozenset[str] = frozenset()
    """Our own names of all its roles."""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: may this version of this service enter this environment."""

    kind: DeploymentKind
    asker: Asker
    service: str
    environment: str
    version: str = ""
    """Empty where no version is asked about, and where nothing is left to go back to."""
    recipe_id: str | None = None
    """What the caller believes the recipe to be; for a rollback the one that was recorded."""
    source_environment: str | None = None
    """Where a promotion comes from."""
    of_rollback: bool = False
    """Whether a rollback is to be rolled back."""
    overrides: frozenset[str] = frozenset()
    """Codes that do not count this time: somebody who may has said so, and why."""


@dataclass(frozen=True, slots=True)
class Group:
    """A service's delivery group."""

    id: str
    owners: frozenset[str]
    """E-mail addresses in lower case."""
    allowed_recipes: frozenset[str]
    order: Sequence[str]
    """Its environments in the order of promotions."""


@dataclass(frozen=True, slots=True)
class Place:
    """An environment as a group sees it."""

    name: str
    lifecycle: LifecycleState | None
    """None when nobody knows the environment."""
    allowed: bool
    """Whether the group's own list has it, or the group's binding."""
    enabled: bool = True
    """Whether the group's binding, if there is one, is switched on."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the service would be deployed there."""

    id: str
    deprecated: bool


@dataclass(frozen=True, slots=True)
class Traffic:
    """What else is under way in the group and environment."""

    active: int = 0
    """Deployments of the group that are under way there."""
    most: int = 1
    holder: str | None = None
    """The open deployment that has this service and environment to itself."""
    queued_before: int = 0
    """Deployments of this service that wait there for their turn, and came first."""
    queues: bool = False
    """Whether one that comes too early waits for its turn, rather than being refused."""


@dataclass(frozen=True, slots=True)
class Quota:
    """How often the group may do this there in a day, and has."""

    limit: int
    used: int
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Approvals:
    """Who has to approve of this deployment, and who has."""

    required: int = 0
    given: int = 0
    rejected_by: str | None = None
    roles: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Closed:
    """A window in which nothing is deployed."""

    message: str
    until: datetime | None
    """The first moment at which no window is in the way; None when there is none for years."""
    window_name: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """How a version fares in the environment that it would be promoted from."""

    runs_since: datetime | None = None
    """Since when it has run there, if its newest deployment there went well."""
    ran_until: datetime | None = None
    """When another version took its place; None while it runs."""
    soak_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the gates look at; gathered in one transaction."""

    now: datetime
    changes_switched_off: bool
    is_service: bool
    compatible_recipes: frozenset[str] | None
    """None means any."""
    group: Group | None
    target: Place | None
    source: Place | None = None
    recipe: Recipe | None = None
    routed_recipe_id: str | None = None
    registered: bool = False
    jumps_allowed: bool = False
    origin: Origin = Origin()
    traffic: Traffic = Traffic()
    quota: Quota | None = None
    approvals: Approvals = Approvals()
    closed: Closed | None = None
    """The group's freeze window that contains this moment."""
    rules: RulesVerdict = NOTHING_FOUND
    pinned_by: str | None = None
    """The rollback that holds the environment."""

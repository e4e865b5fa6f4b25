"""A question that no gate refuses, and the facts that it is asked of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from deltaci.deployments.question import (
    Asker,
    Facts,
    Group,
    Origin,
    Place,
    Question,
    Quota,
    Recipe,
)
from deltaci.rules.model import Finding
from deltaci.wire.catalog import LifecycleState
from deltaci.wire.deployments import DeploymentKind
from deltaci.wire.governance import ContractRole
from deltaci.wire.rules import RuleStatus, RuleType

NOW = datetime(2026, 1, 12, 12, tzinfo=UTC)
ADMIN = Asker("root", ContractRole.PLATFORM_ADMIN)
OWNER = Asker("olga", ContractRole.DELIVERY_OWNER, frozenset({"delivery_owner"}), "olga@x.test")
DEPLOY = Question(DeploymentKind.ROLL_FORWARD, ADMIN, "shop", "staging", "1.0.0")
PROMOTE = replace(DEPLOY, kind=DeploymentKind.PROMOTE, source_environment="dev")
ROLL_BACK = replace(DEPLOY, kind=DeploymentKind.ROLLBACK, recipe_id="standard")
GROUP = Group("store", frozenset({"olga@x.test"}), frozenset({"standard"}), ["dev", "staging"])
STAGING = Place("staging", LifecycleState.ACTIVE, allowed=True)
FINE = Facts(
    now=NOW,
    changes_switched_off=False,
    is_service=True,
    compatible_recipes=None,
    group=GROUP,
    target=STAGING,
    source=Place("dev", LifecycleState.ACTIVE, allowed=True),
    recipe=Recipe("standard", deprecated=False),
    routed_recipe_id="standard",
    registered=True,
    origin=Origin(runs_since=NOW - timedelta(days=1)),
    quota=Quota(25, 0, NOW + timedelta(hours=12)),
)
RULE = Finding(
    "rule-1",
    "no Fridays",
    RuleType.SCHEDULE,
    RuleStatus.ENABLED,
    passed=False,
    code="NO_DEPLOY_WINDOW",
    http_status=423,
    message="not on Fridays",
    retry_after=NOW + timedelta(days=1),
    override_roles=("admin",),
)

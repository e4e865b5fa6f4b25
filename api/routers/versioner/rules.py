"""Rules that gate deployments, and the log of what did not hold."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, status

from api.answers import LIMIT_DEFAULT, Cursor, Limit, Storable
from api.routers.versioner.access import CanLook, CanRule, reads
from api.routers.versioner.answers import body_of, refusals
from api.state import TheCore
from deltaci.rules.define import add_rule, change_rule, remove_rule
from deltaci.rules.show import list_rules, list_violations, read_rule
from deltaci.store.rules import ViolationFilter
from deltaci.wire.rules import ChangeRule, CreateRule, RuleList, RuleView, ViolationPage
from deltaci.wire.values import Timestamp

router = APIRouter(prefix="/deployment-rules", tags=["deployment rules"])

EXAMPLE = {
    "name": "no Friday evenings",
    "type": "schedule",
    "environments": ["production"],
    "config": {
        "windows": [
            {
                "name": "weekend",
                "recurrence": "weekly",
                "days": ["friday"],
                "start_time": "17:00",
                "end_time": "08:00",
                "days_later": 3,
                "timezone": "Europe/Berlin",
                "reason": "nobody is on call",
            }
        ]
    },
}
RuleId = Annotated[str, Path(max_length=64), Storable]
Name = Annotated[str | None, Query(max_length=255), Storable]
Moment = Annotated[Timestamp | None, Query(description="ISO 8601; from `since` up to `until`.")]


@router.get("/", responses=refusals())
async def list_(core: TheCore, _caller: CanLook) -> RuleList:
    """List all rules by name."""
    return await list_rules(core)


@router.post(
    "/",
    status_code=status.HTTP_201_CREATED,
    responses=refusals(409, 413),
    openapi_extra=body_of(CreateRule, EXAMPLE),
)
async def create(
    core: TheCore, caller: CanRule, request: Annotated[CreateRule, Depends(reads(CreateRule))]
) -> RuleView:
    """Make a rule; it counts from the next attempt on."""
    return await add_rule(core, caller.id, request)


@router.get("/violations", responses=refusals())
async def violations(
    core: TheCore,
    _caller: CanLook,
    rule_id: Name = None,
    product: Name = None,
    environment: Name = None,
    blocked: Annotated[
        bool | None, Query(description="Only what was refused, or only what was noted.")
    ] = None,
    since: Moment = None,
    until: Moment = None,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = "",
) -> ViolationPage:
    """List what did not hold for attempts to deploy, newest first."""
    wanted = ViolationFilter(rule_id, product, environment, blocked, since, until)
    return await list_violations(core, wanted, limit=limit, cursor=cursor)


@router.get("/{rule_id}", responses=refusals(404))
async def read(core: TheCore, _caller: CanLook, rule_id: RuleId) -> RuleView:
    """Read a rule."""
    return await read_rule(core, rule_id)


@router.patch(
    "/{rule_id}",
    responses=refusals(404, 409, 413),
    openapi_extra=body_of(ChangeRule, {"status": "report_only", "reason": "hotfix"}),
)
async def change(
    core: TheCore,
    caller: CanRule,
    rule_id: RuleId,
    request: Annotated[ChangeRule, Depends(reads(ChangeRule))],
) -> RuleView:
    """Change what is given. `report_only` lets all pass, and says what did not hold."""
    return await change_rule(core, caller.id, rule_id, request)


@router.delete("/{rule_id}", status_code=status.HTTP_204_NO_CONTENT, responses=refusals(404))
async def remove(core: TheCore, caller: CanRule, rule_id: RuleId) -> None:
    """Remove a rule; what it found stays in the log."""
    await remove_rule(core, caller.id, rule_id)

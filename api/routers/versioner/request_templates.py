"""Templates of deployment requests."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, status

from api.answers import Storable
from api.routers.versioner.access import CanLook, CanRule, reads
from api.routers.versioner.answers import body_of, refusals
from api.state import TheCore
from deltaci.rules.requests import templates
from deltaci.wire.requests import CreateTemplate, TemplateList, TemplateView

router = APIRouter(prefix="/request-templates", tags=["deployment requests"])

EXAMPLE = {
    "name": "release",
    "environments": ["production"],
    "slots": [{"approval_type": "qa"}, {"approval_type": "security"}],
    "steps": [{"phase": "post", "title": "watch the dashboard for an hour"}],
}
TemplateId = Annotated[str, Path(max_length=64), Storable]


@router.get("/", responses=refusals())
async def list_(core: TheCore, _caller: CanLook) -> TemplateList:
    """List all templates by name."""
    return await templates.list_templates(core)


@router.post(
    "/",
    status_code=status.HTTP_201_CREATED,
    responses=refusals(409, 413),
    openapi_extra=body_of(CreateTemplate, EXAMPLE),
)
async def create(
    core: TheCore,
    caller: CanRule,
    request: Annotated[CreateTemplate, Depends(reads(CreateTemplate))],
) -> TemplateView:
    """Make a template."""
    return await templates.add_template(core, caller.id, request)


@router.get("/{template_id}", responses=refusals(404))
async def read(core: TheCore, _caller: CanLook, template_id: TemplateId) -> TemplateView:
    """Read a template."""
    return await templates.read_template(core, template_id)


@router.delete("/{template_id}", status_code=status.HTTP_204_NO_CONTENT, responses=refusals(404))
async def remove(core: TheCore, caller: CanRule, template_id: TemplateId) -> None:
    """Remove a template; requests that began with it stay."""
    await templates.remove_template(core, caller.id, template_id)

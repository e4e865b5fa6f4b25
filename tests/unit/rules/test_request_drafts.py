"""What deployment requests consist of: who may change it when, and how far it is carried out."""

import asyncio
from typing import Any

import pytest

from deltaci.core import Core
from deltaci.errors import (
    ForbiddenError,
    IdempotencyConflictError,
    InvalidRequestError,
    InvalidStateError,
    NotFoundError,
)
from deltaci.rules.requests import draft
from deltaci.rules.requests.create import create_request
from deltaci.rules.requests.decide import decide_slot, tick_step
from deltaci.rules.requests.move import (
    activate_request,
)
from deltaci.rules.requests.show import read_progress
from deltaci.rules.requests.templates import add_template
from deltaci.states import DeploymentState, RequestState
from deltaci.testing.deployment_records import DeploymentRecords
from deltaci.testing.people import DEV, QUINN, ROOT
from deltaci.testing.request_desk import PRE, QA, WRITER, YES, RequestDesk
from deltaci.wire.approvals import ApprovalType
from deltaci.wire.requests import CreateRequest, CreateTemplate, Item, Slot
from deltaci.wire.rules import RuleType


async def test_without_required_sign_offs_a_request_is_approved_at_once(desk: RequestDesk) -> None:
    request = await desk.active(slots=[{"approval_type": "qa", "required": False}])

    assert request.status is RequestState.APPROVED
    assert await desk.news() == ["dr.created", "dr.activated"]


@pytest.mark.parametrize("lacking", [{"items": []}, {"environments": []}])
async def test_a_request_about_nothing_is_not_activated(
    desk: RequestDesk, lacking: dict[str, Any]
) -> None:
    with pytest.raises(InvalidStateError, match="needs a version and an environment"):
        await desk.active(**lacking)


async def test_only_drafts_are_changed_and_only_active_requests_ticked(
    core: Core, desk: RequestDesk
) -> None:
    request = await desk.drafted(steps=PRE)
    with pytest.raises(InvalidStateError, match="this needs in_progress or approved"):
        await tick_step(core, "dev", request.id, request.steps[0].id, done=True)
    await activate_request(core, WRITER, request.id)
    item = Item(product_name="shop", version="1.2.3")
    slot = Slot(approval_type=ApprovalType.QA)

    with pytest.raises(InvalidStateError, match="this needs draft"):
        await draft.put_item(core, WRITER, request.id, item)
    with pytest.raises(InvalidStateError, match="this needs draft"):
        await draft.add_slot(core, WRITER, request.id, slot)
    with pytest.raises(InvalidStateError, match="this needs draft"):
        await draft.remove_step(core, WRITER, request.id, request.steps[0].id)


async def test_a_version_takes_the_place_of_another_of_its_product(
    core: Core, desk: RequestDesk, records: DeploymentRecords
) -> None:
    request = await desk.drafted()
    await records.version("1.2.4")

    changed = await draft.put_item(
        core, WRITER, request.id, Item(product_name="shop", version="1.2.4")
    )

    assert [(item.product_name, item.version) for item in changed.items] == [("shop", "1.2.4")]
    with pytest.raises(InvalidRequestError, match=r"shop 9\.9\.9 is not known"):
        await draft.put_item(core, WRITER, request.id, Item(product_name="shop", version="9.9.9"))


async def test_parts_of_another_request_are_none_of_ours(core: Core, desk: RequestDesk) -> None:
    mine, other = await desk.drafted(slots=QA), await desk.active(slots=QA)

    with pytest.raises(NotFoundError):
        await draft.remove_slot(core, WRITER, mine.id, other.slots[0].id)
    with pytest.raises(NotFoundError):
        await decide_slot(core, QUINN, mine.id, other.slots[0].id, YES)


async def test_its_writer_signs_a_request_off_unless_a_rule_forbids_that(
    core: Core, desk: RequestDesk, records: DeploymentRecords
) -> None:
    code = [{"approval_type": "code_review"}]
    free = await desk.active(slots=code)
    assert (await decide_slot(core, DEV, free.id, free.slots[0].id, YES)).slots[0].status == (
        "approved"
    )
    config = {"required_types": ["code_review"], "forbid_self_approval": True}
    await records.rule(RuleType.REQUEST_APPROVAL, config, products=["shop"])
    bound = await desk.active(slots=code)

    with pytest.raises(ForbiddenError, match="their own"):
        await decide_slot(core, DEV, bound.id, bound.slots[0].id, YES)
    await decide_slot(core, ROOT, bound.id, bound.slots[0].id, YES)


async def test_with_one_key_a_request_is_begun_once(core: Core, desk: RequestDesk) -> None:
    asked = CreateRequest(name="friday", environments=["production"])

    begun = await asyncio.gather(*(create_request(core, WRITER, asked, "k") for _ in range(4)))

    assert len({each.id for each in begun}) == 1
    assert await desk.news() == ["dr.created"]
    with pytest.raises(IdempotencyConflictError):
        await create_request(core, WRITER, CreateRequest(name="saturday"), "k")
    assert (await create_request(core, "eve", asked, "k")).id != begun[0].id


async def test_a_template_begins_a_request(core: Core, desk: RequestDesk) -> None:
    template = await add_template(
        core,
        "root",
        CreateTemplate.model_validate(
            {"name": "release", "environments": ["staging"], "slots": QA, "steps": PRE}
        ),
    )

    begun = await desk.drafted(
        template_id=template.id, environments=[], slots=[{"approval_type": "uat"}]
    )

    assert begun.environments == ["staging"]
    assert [slot.approval_type for slot in begun.slots] == ["qa", "uat"]
    assert [step.title for step in begun.steps] == ["back up"]
    with pytest.raises(InvalidRequestError, match="no such template"):
        await desk.drafted(template_id="none")


@pytest.mark.parametrize(
    ("state", "progress"),
    [
        (None, "not_deployed"),
        (DeploymentState.PENDING, "in_progress"),
        (DeploymentState.IN_PROGRESS, "in_progress"),
        (DeploymentState.SUCCEEDED, "deployed"),
        (DeploymentState.FAILED, "failed"),
        (DeploymentState.CANCELED, "not_deployed"),
        (DeploymentState.ROLLED_BACK, "not_deployed"),
    ],
)
async def test_progress_tells_of_the_newest_deployment_of_each_version(
    core: Core,
    desk: RequestDesk,
    records: DeploymentRecords,
    state: DeploymentState | None,
    progress: str,
) -> None:
    request = await desk.drafted(environments=["production", "staging"])
    await records.deployment(DeploymentState.FAILED, version="1.2.2")
    if state is not None:
        await records.deployment(state)

    found = (await read_progress(core, request.id)).items

    assert [(each.environment_name, each.progress) for each in found] == [
        ("production", progress),
        ("staging", "not_deployed"),
    ]

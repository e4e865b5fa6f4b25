"""Deployment requests: their life, what they gate, and what of them is told, on both databases."""

import asyncio

import pytest

from deltaci.core import Core
from deltaci.errors import (
    InvalidStateError,
)
from deltaci.rules.requests.decide import decide_slot, tick_step
from deltaci.rules.requests.move import (
    activate_request,
    cancel_request,
    complete_request,
    revert_request,
)
from deltaci.rules.requests.show import read_request
from deltaci.states import IllegalTransitionError, RequestState
from deltaci.store.tables import Announcement, Approval, Transition
from deltaci.testing.deployment_records import DeploymentRecords
from deltaci.testing.people import QUINN, RITA, SAM
from deltaci.testing.request_desk import NO, POST, PRE, QA, WRITER, YES, RequestDesk
from deltaci.testing.row_reader import RowReader


async def test_a_draft_gates_nothing_and_an_active_request_does_until_all_is_done(
    core: Core, desk: RequestDesk, records: DeploymentRecords
) -> None:
    request = await desk.drafted(slots=QA, steps=PRE)
    assert not (await records.verdict()).findings

    await activate_request(core, WRITER, request.id)
    refusal = (await records.verdict()).refusal
    assert refusal is not None
    assert (refusal.code, refusal.details["request_id"]) == ("APPROVAL_REQUIRED", request.id)

    approved = await decide_slot(core, QUINN, request.id, request.slots[0].id, YES, "fine")
    assert approved.status is RequestState.APPROVED
    refusal = (await records.verdict()).refusal
    assert refusal is not None
    assert (refusal.code, refusal.details["undone_steps"]) == ("PRE_STEPS_REQUIRED", ["back up"])

    ticked = await tick_step(core, "dev", request.id, request.steps[0].id, done=True)
    assert ticked.steps[0].done_by == "dev"
    assert (await records.verdict()).refusal is None
    assert (await records.verdict(records.attempt("staging"))).findings == ()


async def test_everything_that_happens_to_a_request_is_told_once(
    core: Core, desk: RequestDesk, rows: RowReader
) -> None:
    request = await desk.active(slots=QA, steps=POST)
    for _ in range(2):
        await activate_request(core, WRITER, request.id)
        await decide_slot(core, QUINN, request.id, request.slots[0].id, YES, "fine")
    with pytest.raises(InvalidStateError, match="not all steps are done: watch"):
        await complete_request(core, WRITER, request.id)
    await tick_step(core, "dev", request.id, request.steps[0].id, done=True)
    await complete_request(core, WRITER, request.id)
    done = await complete_request(core, WRITER, request.id)

    assert done.status is RequestState.COMPLETED
    assert done.ended_at is not None
    assert await desk.news() == ["dr.created", "dr.activated", "dr.approved", "dr.completed"]
    told = await rows.one(Announcement, Announcement.event_type == "dr.approved")
    assert told.subject_id == request.id
    assert told.payload == {
        "dr_name": "friday",
        "dr_url": f"{core.settings.public_url}/deployment-requests/{request.id}",
        "status": "approved",
        "environment_names": ["production"],
        "actor": "quinn",
        "approval_type": "qa",
        "approver_role": "qa",
        "slot_status": "approved",
        "comments": "fine",
    }
    moved = await rows.all(Transition, Transition.subject_id == request.id)
    assert [row.to_state for row in moved] == ["in_progress", "approved", "completed"]


async def test_a_rejection_ends_a_request_and_keeps_its_version_out(
    core: Core, desk: RequestDesk, records: DeploymentRecords
) -> None:
    request = await desk.active(slots=QA)
    rejected = await decide_slot(core, QUINN, request.id, request.slots[0].id, NO)

    assert (rejected.status, rejected.slots[0].status) == (RequestState.REJECTED, "rejected")
    assert await desk.news() == ["dr.created", "dr.activated", "dr.rejected"]
    assert (await records.verdict()).refusal is not None
    assert (await records.verdict(records.attempt(version="1.2.4"))).refusal is None
    with pytest.raises(InvalidStateError):
        await decide_slot(core, RITA, request.id, request.slots[0].id, YES)
    with pytest.raises(IllegalTransitionError):
        await revert_request(core, WRITER, request.id)

    await cancel_request(core, WRITER, request.id)
    assert (await records.verdict()).refusal is None


async def test_two_sign_offs_at_once_both_count_and_approve_the_request_once(
    core: Core, desk: RequestDesk, rows: RowReader
) -> None:
    slots = [*QA, {"approval_type": "security"}]
    request = await desk.active(slots=slots)

    await asyncio.gather(
        decide_slot(core, QUINN, request.id, request.slots[0].id, YES),
        decide_slot(core, SAM, request.id, request.slots[1].id, YES),
    )

    assert (await read_request(core, request.id)).status is RequestState.APPROVED
    moved = await rows.all(Transition, Transition.subject_id == request.id)
    assert [row.to_state for row in moved] == ["in_progress", "approved"]
    assert (await desk.news()).count("dr.approved") == 2


async def test_of_an_approval_and_a_rejection_at_once_one_wins_and_the_other_hears_of_it(
    core: Core, desk: RequestDesk, rows: RowReader
) -> None:
    request = await desk.active(slots=QA)

    answers = await asyncio.gather(
        decide_slot(core, QUINN, request.id, request.slots[0].id, YES),
        decide_slot(core, RITA, request.id, request.slots[0].id, NO),
        return_exceptions=True,
    )

    refused = [each for each in answers if isinstance(each, InvalidStateError)]
    assert len(refused) == 1
    state = (await read_request(core, request.id)).status
    told = {RequestState.APPROVED: "dr.approved", RequestState.REJECTED: "dr.rejected"}
    assert (await desk.news())[2:] == [told[state]]
    assert len(await rows.all(Approval)) == 1


async def test_activating_at_once_activates_once(core: Core, desk: RequestDesk) -> None:
    request = await desk.drafted(slots=QA)

    await asyncio.gather(*(activate_request(core, WRITER, request.id) for _ in range(4)))

    assert (await desk.news()).count("dr.activated") == 1


async def test_a_slot_that_is_signed_off_twice_is_told_once(core: Core, desk: RequestDesk) -> None:
    request = await desk.active(slots=QA)
    await decide_slot(core, QUINN, request.id, request.slots[0].id, YES)
    again = await decide_slot(core, RITA, request.id, request.slots[0].id, YES)

    assert [each.actor for each in again.slots[0].approvals] == ["quinn", "rita"]
    assert (await desk.news()).count("dr.approved") == 1


async def test_taken_back_and_activated_again_a_request_begins_anew(
    core: Core, desk: RequestDesk, rows: RowReader
) -> None:
    request = await desk.active(slots=QA, steps=PRE)
    await decide_slot(core, QUINN, request.id, request.slots[0].id, YES)
    await tick_step(core, "dev", request.id, request.steps[0].id, done=True)

    reverted = await revert_request(core, WRITER, request.id)
    again = await activate_request(core, WRITER, request.id)

    assert (reverted.status, reverted.activated_at) == (RequestState.DRAFT, None)
    assert [slot.status for slot in again.slots] == ["pending"]
    assert again.slots[0].id != request.slots[0].id
    assert again.steps[0].done_at is None
    assert again.status is RequestState.IN_PROGRESS
    assert len(await rows.all(Approval)) == 1
    assert (await desk.news())[-2:] == ["dr.deactivated", "dr.activated"]

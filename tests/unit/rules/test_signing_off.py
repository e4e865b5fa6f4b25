"""Sign-offs of versions and deployments: who may, how often, at once, and what is told of it."""

import asyncio

import pytest

from deltaci.core import Core
from deltaci.errors import (
    DeltaError,
    ForbiddenError,
    InvalidStateError,
    NotFoundError,
    RoleForbiddenError,
)
from deltaci.identity.principal import Principal
from deltaci.identity.roles import Role
from deltaci.ids import new_uid
from deltaci.rules.approve_deployment import Standing, Wanted, approve, standing_of
from deltaci.rules.approve_version import approve_version, list_version_approvals
from deltaci.rules.approvers import approver_roles, role_to_approve
from deltaci.store.tables import Announcement, Approval, AuditEvent
from deltaci.testing.deployment_records import DeploymentRecords
from deltaci.testing.people import DEV, QUINN, RITA, ROOT, SAM, person
from deltaci.testing.row_reader import RowReader
from deltaci.wire.approvals import ApprovalType, ApprovalVerdict, SignOff, SubjectKind

QA = SignOff(approval_type=ApprovalType.QA)
NO = SignOff(approval_type=ApprovalType.QA, verdict=ApprovalVerdict.REJECTED)

# Spec §3.4: who approves what. Delivery owners are to us what release managers are.
TABLE = {
    ApprovalType.UAT: {Role.PRODUCT},
    ApprovalType.QA: {Role.QA},
    ApprovalType.PERFORMANCE: {Role.QA, Role.SRE},
    ApprovalType.SECURITY: {Role.SECURITY},
    ApprovalType.CODE_REVIEW: {Role.DEVELOPER},
    ApprovalType.COMPLIANCE: {Role.COMPLIANCE},
}
OF_ALL = {Role.ADMIN, Role.RELEASE_MANAGER, Role.DELIVERY_OWNER}


@pytest.mark.parametrize("kind", ApprovalType)
def test_exactly_the_roles_of_the_spec_sign_off(kind: ApprovalType) -> None:
    slots = {role for role in Role if role_to_approve([role], kind, SubjectKind.REQUEST_SLOT)}
    versions = {role for role in Role if role_to_approve([role], kind, SubjectKind.VERSION)}

    assert slots == TABLE[kind] | OF_ALL
    assert versions == slots - {Role.DEVELOPER}
    assert set(approver_roles([kind], SubjectKind.REQUEST_SLOT)) == slots


async def test_a_version_is_signed_off_once_however_often_that_is_said(
    core: Core, records: DeploymentRecords, rows: RowReader
) -> None:
    version_id = await records.version()

    said = await asyncio.gather(*(approve_version(core, QUINN, version_id, QA) for _ in range(4)))

    assert [is_new for _, is_new in said].count(True) == 1
    assert len({view.id for view, _ in said}) == 1
    row, news = await rows.one(Approval), await rows.one(Announcement)
    assert (row.approver_role, row.verdict) == ("qa", "approved")
    assert news.event_type == "version.approved"
    assert news.payload == {
        "version_id": version_id,
        "product_name": "shop",
        "version": "1.2.3",
        "approval_type": "qa",
        "approver_role": "qa",
        "environment_name": None,
        "comments": None,
        "actor": "quinn",
    }
    assert (await rows.one(AuditEvent)).action == "approval.given"


async def test_a_rejection_is_final_and_announces_no_approval(
    core: Core, records: DeploymentRecords, rows: RowReader
) -> None:
    version_id = await records.version()
    await approve_version(core, QUINN, version_id, NO)

    with pytest.raises(InvalidStateError, match="rejection is final"):
        await approve_version(core, RITA, version_id, QA)
    with pytest.raises(InvalidStateError, match="you have said before that it is rejected"):
        await approve_version(core, QUINN, version_id, QA)

    assert not await rows.all(Announcement)
    (view,) = (await list_version_approvals(core, version_id)).items
    assert view.verdict is ApprovalVerdict.REJECTED


async def test_approving_and_rejecting_at_once_never_leaves_an_approval_that_counts_last(
    core: Core, records: DeploymentRecords, rows: RowReader
) -> None:
    version_id = await records.version()

    answers = await asyncio.gather(
        approve_version(core, QUINN, version_id, NO),
        approve_version(core, RITA, version_id, QA),
        return_exceptions=True,
    )

    given = await rows.all(Approval)
    assert [row.verdict for row in sorted(given, key=lambda row: row.id)][-1] == "rejected"
    assert len(given) == 2 or isinstance(answers[1], InvalidStateError)


@pytest.mark.parametrize(
    ("caller", "kind"),
    [
        (SAM, ApprovalType.QA),
        (DEV, ApprovalType.CODE_REVIEW),
        (person("eve"), ApprovalType.QA),
    ],
)
async def test_without_a_role_for_it_nobody_signs_a_version_off(
    core: Core, records: DeploymentRecords, caller: Principal, kind: ApprovalType
) -> None:
    with pytest.raises(ForbiddenError):
        await approve_version(core, caller, await records.version(), SignOff(approval_type=kind))


async def test_what_nobody_knows_cannot_be_signed_off(core: Core) -> None:
    with pytest.raises(NotFoundError):
        await approve_version(core, QUINN, new_uid(), QA)
    with pytest.raises(NotFoundError):
        await list_version_approvals(core, new_uid())


async def test_a_sign_off_for_an_environment_stands_beside_one_for_all(
    core: Core, records: DeploymentRecords
) -> None:
    version_id = await records.version()
    there = SignOff(approval_type=ApprovalType.QA, environment_name="staging")

    await approve_version(core, QUINN, version_id, QA)
    _, is_new = await approve_version(core, QUINN, version_id, there)

    assert is_new
    places = [
        view.environment_name for view in (await list_version_approvals(core, version_id)).items
    ]
    assert places == [None, "staging"]


def wanted(required: int = 1, **more: str) -> Wanted:
    told = {"deployment_id": "d1", "requested_by": "dev"} | more
    return Wanted(approver_roles=["release_manager", "qa"], required=required, **told)


async def decided(
    core: Core, caller: Principal, verdict: str = "approved", need: Wanted | None = None
) -> Standing:
    async with core.database.write() as tx:
        ask = need or wanted()
        standing, _ = await approve(tx, core, caller, ask, ApprovalVerdict(verdict))
        return standing


async def test_a_deployment_needs_as_many_people_as_its_policy_says(core: Core) -> None:
    two = wanted(required=2)

    assert not (await decided(core, QUINN, need=two)).is_approved
    assert not (await decided(core, QUINN, need=two)).is_approved
    assert (await decided(core, RITA, need=two)).is_approved
    async with core.database.read() as tx:
        assert (await standing_of(tx, "d1", 2)).approved_by == ["quinn", "rita"]


async def test_one_rejection_undoes_every_approval_of_a_deployment(core: Core) -> None:
    assert (await decided(core, QUINN)).is_approved

    standing = await decided(core, RITA, "rejected")

    assert standing.is_rejected
    assert not standing.is_approved


@pytest.mark.parametrize(
    ("caller", "error"),
    [
        (person("dev", Role.QA), ForbiddenError),
        (person("dev", Role.ADMIN), ForbiddenError),
        (SAM, RoleForbiddenError),
    ],
)
async def test_a_deployments_requester_and_those_without_the_role_do_not_approve_it(
    core: Core, caller: Principal, error: type[DeltaError]
) -> None:
    with pytest.raises(error):
        await decided(core, caller)


async def test_an_admin_approves_whatever_the_roles_asked_for(core: Core) -> None:
    assert (await decided(core, ROOT)).is_approved

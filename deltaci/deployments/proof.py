"""Answer why a version could enter an environment: the way back from a deployment to the change."""

import hashlib

import rfc8785

from deltaci.core import Core
from deltaci.deployments.proof_gaps import gaps_of
from deltaci.deployments.proof_parts import (
    approvals_view,
    build_run_view,
    deployment_view,
    policy_view,
    registration_view,
)
from deltaci.deployments.scope import require_sight
from deltaci.errors import InvalidStateError
from deltaci.identity.principal import Principal
from deltaci.store.database import Transaction
from deltaci.store.deployment_records import approvals_of, decisions_of
from deltaci.store.deployments import Ours
from deltaci.store.jobs import jobs_of
from deltaci.store.registry import find_registration
from deltaci.store.runs import find_plan, find_run
from deltaci.wire.proof import (
    Proof,
    ProvenBuildRun,
    ProvenRecipe,
    ResourceDescriptor,
    Statement,
)

GIT_SHA_LENGTHS = frozenset({40, 64})


async def read_proof(core: Core, caller: Principal, deployment_id: str) -> Proof:
    """Walk back from a deployment. Raises NotFoundError, NotOfGroupError."""
    async with core.database.read() as tx:
        ours = await require_sight(tx, caller, deployment_id)
        return await prove(tx, core, ours)


async def prove(tx: Transaction, core: Core, ours: Ours) -> Proof:
    """Compose the proof of a deployment from what the rows say now."""
    row, intent = ours.row, ours.intent
    registered = await find_registration(tx, row.product, row.version)
    registration = registration_view(registered) if registered else None
    run = await _build_run(tx, registered.run_id) if registered and registered.run_id else None
    policy = policy_view(intent, await decisions_of(tx, row.id))
    approvals = approvals_view(await approvals_of(tx, row.id))
    gaps = gaps_of(registration, run, policy, approvals, row.created_by)
    return Proof(
        deployment=deployment_view(ours),
        registration=registration,
        run=run,
        recipe=ProvenRecipe(
            id=intent.recipe_id,
            revision=intent.recipe_revision,
            summary=intent.effective_behavior_summary,
            sha256=hashlib.sha256(rfc8785.dumps(intent.recipe)).hexdigest(),
        ),
        policy=policy,
        approvals=approvals,
        complete=not gaps,
        gaps=gaps,
        issued_at=core.clock(),
    )


def statement_of(proof: Proof) -> Statement:
    """Make a proof a statement about the artifact. Raises InvalidStateError without a digest."""
    registration = proof.registration
    digest: dict[str, str] = {}
    if registration is not None and registration.sha256:
        digest["sha256"] = registration.sha256
    if registration is not None and _is_commit(registration.git_sha):
        digest["gitCommit"] = registration.git_sha
    if registration is None or not digest:
        raise InvalidStateError(
            "a statement needs a digest: neither the artifact's nor the commit's is known"
        )
    return Statement(
        subject=[ResourceDescriptor(name=registration.artifact_ref, digest=digest)],
        predicate=proof,
    )


async def _build_run(tx: Transaction, run_id: str) -> ProvenBuildRun | None:
    run = await find_run(tx, run_id)
    if run is None:
        return None
    return build_run_view(run, await find_plan(tx, run_id), await jobs_of(tx, run_id))


def _is_commit(text: str) -> bool:
    return len(text) in GIT_SHA_LENGTHS and set(text) <= set("0123456789abcdef")

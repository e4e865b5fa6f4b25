"""Register a build: certify that an artifact is a version of a service, once and for all.

The gates stand in the contract's order (spec §1.3). What a call writes is one transaction, its use
of the quota included, so whoever is refused has used nothing up and may use the key again.
"""

import hashlib
from dataclasses import dataclass

from deltaci.builds.claim import Claim, canonical, check_claim
from deltaci.builds.inspect import Findings, Inspector, unseen
from deltaci.builds.record import Call, Certificate, record_registration, require_equivalent
from deltaci.builds.view import shows_links, view_of
from deltaci.core import Core
from deltaci.errors import (
    BuildConflictError,
    IdempotencyConflictError,
    KeyRequiredError,
    ProductUnknownError,
)
from deltaci.governance.limits import count_registration
from deltaci.governance.mutations import require_mutations_enabled
from deltaci.governance.publishers import require_publisher
from deltaci.store.database import Transaction
from deltaci.store.idempotency import Keyed, store_answer, stored_answer
from deltaci.store.registry import find_registration, find_service, get_registration
from deltaci.store.tables import Registration
from deltaci.wire.builds import BuildView, RegisterBuild

KEY_REUSED = "the Idempotency-Key was already used for a different build; use a new one"


@dataclass(frozen=True, slots=True)
class Registered:
    """The registered build, whether this key's first call made it, and whether that is over."""

    build: BuildView
    is_new: bool
    replayed: bool


@dataclass(frozen=True, slots=True)
class _Order:
    call: Call
    publisher: str
    keyed: Keyed
    request: RegisterBuild


@dataclass(frozen=True, slots=True)
class _Settled:
    row: Registration
    is_new: bool
    replayed: bool


class _NotLookedAtError(Exception):
    """Everything but the artifact is fine; the transaction must not wait for that."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim


class _OvertakenError(Exception):
    """Another call with the same key was faster, and its answer is this one's, too."""


async def register_build(
    core: Core, inspector: Inspector | None, call: Call, request: RegisterBuild
) -> Registered:
    """Register a build, or answer what an equal call was answered.

    Without an inspector the caller's word counts. Raises MutationsDisabledError, CiOnlyError,
    KeyRequiredError, LimitedError, BuildConflictError, ProductUnknownError, InvalidVersionError,
    InvalidRequestError, InvalidArtifactError, and UnavailableError when looking takes too long.
    """
    await require_mutations_enabled(core)
    publisher = await require_publisher(core, call.caller)
    order = _Order(call, publisher, _keyed(call, publisher, request), request)
    settled = await _replayed(core, order) or await _settle(core, inspector, order)
    build = view_of(settled.row, with_links=await shows_links(core))
    return Registered(build, settled.is_new, settled.replayed)


def _keyed(call: Call, publisher: str, request: RegisterBuild) -> Keyed:
    if not call.key or call.key.isspace():
        raise KeyRequiredError
    ours = hashlib.sha256(publisher.encode()).hexdigest()
    return Keyed.of(f"builds.register:{ours}:{call.caller.id}", call.key, canonical(request))


async def _replayed(core: Core, order: _Order) -> _Settled | None:
    """Answer an equal call without writing; a conflict is left to the gates' own order."""
    async with core.database.read() as tx:
        try:
            return await _earlier(tx, order)
        except IdempotencyConflictError:
            return None


async def _earlier(tx: Transaction, order: _Order) -> _Settled | None:
    answer = await stored_answer(tx, order.keyed)
    row = await get_registration(tx, answer["build_id"]) if answer else None
    return _Settled(row, answer["is_new"], replayed=True) if answer and row else None


async def _settle(core: Core, inspector: Inspector | None, order: _Order) -> _Settled:
    """Try until done: at most once more after looking, and once more after being overtaken."""
    findings: Findings | None = None
    while True:
        try:
            return await _attempt(core, order, findings, looks=inspector is not None)
        except _NotLookedAtError as error:
            assert inspector is not None  # noqa: S101 - else nothing is to be looked at
            findings = await inspector.inspect(error.claim)
        except _OvertakenError:
            continue


async def _attempt(
    core: Core, order: _Order, findings: Findings | None, *, looks: bool
) -> _Settled:
    async with core.database.write() as tx:
        try:
            if earlier := await _earlier(tx, order):
                return earlier
        except IdempotencyConflictError as error:
            await count_registration(tx, core, order.call.caller.id)  # a limit is told first
            raise BuildConflictError(KEY_REUSED) from error
        await count_registration(tx, core, order.call.caller.id)
        claim = await _checked(tx, core, order.request)
        row = await find_registration(tx, order.request.service, order.request.version)
        is_new = False
        if row is None:
            if looks and findings is None:
                raise _NotLookedAtError(claim)
            certificate = Certificate(claim, findings or unseen(claim), order.publisher, order.call)
            row, is_new = await record_registration(tx, core, certificate)
        require_equivalent(row, order.request)
        answer = {"build_id": row.id, "is_new": is_new}
        if not await store_answer(tx, order.keyed, answer, core.clock()):
            raise _OvertakenError
    return _Settled(row, is_new, replayed=False)


async def _checked(tx: Transaction, core: Core, request: RegisterBuild) -> Claim:
    product = await find_service(tx, request.service)
    if product is None:
        raise ProductUnknownError(f"service {request.service!r} is not known here")
    return check_claim(request, product, core.settings)

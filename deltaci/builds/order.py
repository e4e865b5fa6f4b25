"""One admitted registration, carried out: looked at, counted and written, each once."""

from dataclasses import dataclass

from deltaci.builds.claim import Claim, check_claim
from deltaci.builds.inspect import Findings, Inspector, unseen
from deltaci.builds.record import (
    Call,
    Certificate,
    Origin,
    record_registration,
    require_equivalent,
)
from deltaci.core import Core
from deltaci.errors import BuildConflictError, IdempotencyConflictError, ProductUnknownError
from deltaci.governance.limits import count_registration
from deltaci.governance.mutations import require_enabled_in
from deltaci.governance.publishers import require_publisher
from deltaci.store.database import Transaction
from deltaci.store.idempotency import Keyed, store_answer, stored_answer
from deltaci.store.registry import find_registration, find_service, get_registration
from deltaci.store.tables import Registration
from deltaci.wire.builds import RegisterBuild

KEY_REUSED = "the Idempotency-Key was already used for a different build; use a new one"


@dataclass(frozen=True, slots=True)
class Order:
    """A registration that its publisher may make; `origin` is our own run, if one makes it."""

    call: Call
    publisher: str
    keyed: Keyed
    request: RegisterBuild
    origin: Origin | None = None

    @property
    def kept(self) -> Findings | None:
        """What is known of an artifact that our own store has."""
        return self.origin.kept if self.origin else None


@dataclass(frozen=True, slots=True)
class Settled:
    """The registration, whether this key's first call made it, and whether that is over."""

    row: Registration
    is_new: bool
    replayed: bool


class _NotLookedAtError(Exception):
    """Everything but the artifact is fine; the transaction must not wait for that."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim


class _OvertakenError(Exception):
    """Another call with the same key was faster, and its answer is this one's, too."""


async def replayed(tx: Transaction, order: Order) -> Settled | None:
    """Answer an equal call without writing; a conflict is left to the gates' own order."""
    try:
        return await _earlier(tx, order)
    except IdempotencyConflictError:
        return None


async def settle(core: Core, inspector: Inspector | None, order: Order) -> Settled:
    """Try until done: at most once more after looking, and once more after being overtaken.

    Raises what `register_build` does behind its first gates.
    """
    findings = order.kept
    while True:
        try:
            return await _attempt(core, order, findings, looks=inspector is not None)
        except _NotLookedAtError as error:
            assert inspector is not None  # noqa: S101 - else nothing is to be looked at
            findings = await inspector.inspect(error.claim, order.keyed)
        except _OvertakenError:
            continue


async def _earlier(tx: Transaction, order: Order) -> Settled | None:
    answer = await stored_answer(tx, order.keyed)
    row = await get_registration(tx, answer["build_id"]) if answer else None
    return Settled(row, answer["is_new"], replayed=True) if answer and row else None


async def _attempt(core: Core, order: Order, findings: Findings | None, *, looks: bool) -> Settled:
    async with core.database.write() as tx:
        try:
            if earlier := await _earlier(tx, order):
                return earlier
        except IdempotencyConflictError as error:
            await _count(tx, core, order)  # a limit is told first
            raise BuildConflictError(KEY_REUSED) from error
        if findings is not None:
            await _require_still_admitted(tx, core, order)
        await _count(tx, core, order)
        claim = await _checked(tx, core, order)
        row = await find_registration(tx, order.request.service, order.request.version)
        is_new = False
        if row is None:
            if looks and findings is None:
                raise _NotLookedAtError(claim)
            found = findings or unseen(claim)
            certificate = Certificate(claim, found, order.publisher, order.call, order.origin)
            row, is_new = await record_registration(tx, core, certificate)
        require_equivalent(row, order.request)
        answer = {"build_id": row.id, "is_new": is_new}
        if not await store_answer(tx, order.keyed, answer, core.clock()):
            raise _OvertakenError
    return Settled(row, is_new, replayed=False)


async def _require_still_admitted(tx: Transaction, core: Core, order: Order) -> None:
    """Looking takes a while: whoever was taken off the list meanwhile registers nothing more."""
    await require_enabled_in(tx)
    if order.origin is None:
        await require_publisher(tx, core, order.call.caller)


async def _count(tx: Transaction, core: Core, order: Order) -> None:
    """Limits are for callers; the runs of ours have bounds of their own."""
    if order.origin is None:
        await count_registration(tx, core, order.call.caller.id)


async def _checked(tx: Transaction, core: Core, order: Order) -> Claim:
    request = order.request
    product = await find_service(tx, request.service)
    if product is None:
        raise ProductUnknownError(f"service {request.service!r} is not known here")
    if product.repositories and request.repo not in product.repositories:
        raise ProductUnknownError(
            f"service {product.id!r} takes no builds of this repository; its allowed_repositories "
            "name those whose it does"
        )
    return check_claim(request, product, core.settings, is_kept=order.kept is not None)

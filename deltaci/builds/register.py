"""Register a build: certify that an artifact is a version of a service, once and for all.

The gates stand in the contract's order (spec §1.3). A repeated call is one transaction, which only
reads. What another call writes is one transaction, too, its use of the quota included, so whoever
is refused has used nothing up and may use the key again.
"""

import hashlib
from dataclasses import dataclass

from deltaci.builds.claim import canonical
from deltaci.builds.inspect import Inspector
from deltaci.builds.order import Order, replayed, settle
from deltaci.builds.record import Call
from deltaci.builds.view import shows_links, view_of
from deltaci.core import Core
from deltaci.errors import KeyRequiredError
from deltaci.governance.mutations import require_enabled_in
from deltaci.governance.publishers import require_publisher
from deltaci.store.idempotency import Keyed
from deltaci.wire.builds import BuildView, RegisterBuild


@dataclass(frozen=True, slots=True)
class Registered:
    """The registered build, whether this key's first call made it, and whether that is over."""

    build: BuildView
    is_new: bool
    replayed: bool


async def register_build(
    core: Core, inspector: Inspector | None, call: Call, request: RegisterBuild
) -> Registered:
    """Register a build, or answer what an equal call was answered.

    Without an inspector the caller's word counts. Raises MutationsDisabledError, CiOnlyError,
    KeyRequiredError, LimitedError, BuildConflictError, ProductUnknownError, InvalidVersionError,
    InvalidRequestError, InvalidArtifactError, and UnavailableError when looking takes too long.
    """
    async with core.database.read() as tx:
        await require_enabled_in(tx)
        publisher = await require_publisher(tx, core, call.caller)
        order = Order(call, publisher, keyed(call, publisher, request), request)
        settled = await replayed(tx, order)
        links = await shows_links(tx)
    if settled is None:
        settled = await settle(core, inspector, order)
    build = view_of(settled.row, with_links=links)
    return Registered(build, settled.is_new, settled.replayed)


def keyed(call: Call, publisher: str, request: RegisterBuild) -> Keyed:
    """Return under which key the call counts: its own, of this publisher and caller alone.

    Raises KeyRequiredError, and InvalidRequestError for a key that cannot be one.
    """
    if not call.key or call.key.isspace():
        raise KeyRequiredError
    ours = hashlib.sha256(publisher.encode()).hexdigest()
    return Keyed.of(f"builds.register:{ours}:{call.caller.id}", call.key, canonical(request))

"""An addition that is repeated with its key is answered as before, and adds nothing."""

from typing import Any

from deltaci.core import Core
from deltaci.identity.principal import Principal
from deltaci.store.database import Transaction
from deltaci.store.idempotency import Keyed, store_answer, stored_answer
from deltaci.wire.values import WireModel


def keyed(operation: str, caller: Principal, key: str | None, request: Any) -> Keyed | None:
    """Key a request of this caller's; None when it brought no key."""
    return Keyed.of(f"{operation}:{caller.id}", key, request) if key else None


async def answered_before(
    tx: Transaction, core: Core, request: Keyed | None, answer: WireModel
) -> dict[str, Any] | None:
    """Return what an equal earlier request was answered; else keep this answer for later ones.

    Raises IdempotencyConflictError when the key was used for something else.
    """
    if request is None:
        return None
    if await store_answer(tx, request, answer.model_dump(mode="json"), core.clock()):
        return None
    return await stored_answer(tx, request)

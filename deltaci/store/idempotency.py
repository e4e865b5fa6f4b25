"""One idempotency rule for every contract (design §4).

A key belongs to a scope, which names the operation and includes the caller. The row is written in
the same transaction as what the request did, so a key exists exactly when its answer does: a failed
request leaves the key free, and two at once meet at the primary key, where one waits for the other.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785
from sqlalchemy import select, tuple_

from deltaci.errors import IdempotencyConflictError, InvalidRequestError
from deltaci.store.database import Transaction
from deltaci.store.insertion import insert_absent, insert_absent_rows
from deltaci.store.tables import IdempotencyKey

KEY_MAX_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Keyed:
    """One request that may be repeated: its scope, its key, and what it asks for."""

    scope: str
    key: str
    fingerprint: str

    @staticmethod
    def of(scope: str, key: str, request: Any) -> "Keyed":
        """Key a request by the SHA-256 of its canonical JSON (RFC 8785)."""
        if not key or len(key) > KEY_MAX_LENGTH or not key.isprintable():
            raise InvalidRequestError(
                f"Idempotency-Key must be 1 to {KEY_MAX_LENGTH} printable characters"
            )
        return Keyed(scope, key, hashlib.sha256(rfc8785.dumps(request)).hexdigest())


async def stored_answer(tx: Transaction, keyed: Keyed) -> dict[str, Any] | None:
    """Return what an equal earlier request was answered, or None if there was none.

    Raises IdempotencyConflictError when the key was used for a different request.
    """
    row = await tx.get(IdempotencyKey, (keyed.scope, keyed.key), populate_existing=True)
    if row is None:
        return None
    if row.fingerprint != keyed.fingerprint:
        raise IdempotencyConflictError
    return row.answer


async def stored_answers(tx: Transaction, wanted: Collection[Keyed]) -> dict[Keyed, dict[str, Any]]:
    """Return what equal earlier requests were answered, by request; see stored_answer."""
    statement = select(IdempotencyKey).where(
        tuple_(IdempotencyKey.scope, IdempotencyKey.key).in_([(w.scope, w.key) for w in wanted])
    )
    rows = {(row.scope, row.key): row for row in await tx.scalars(statement)} if wanted else {}
    answers = {}
    for keyed in wanted:
        row = rows.get((keyed.scope, keyed.key))
        if row is not None and row.fingerprint != keyed.fingerprint:
            raise IdempotencyConflictError
        if row is not None:
            answers[keyed] = row.answer
    return answers


async def store_answers(
    tx: Transaction, offered: Mapping[Keyed, dict[str, Any]], now: datetime
) -> dict[Keyed, dict[str, Any]]:
    """Claim several keys, in the order given; returns what each of them answers from now on.

    That is the answer offered, unless another request had won the key with another answer.
    """
    rows = [
        {
            "scope": keyed.scope,
            "key": keyed.key,
            "fingerprint": keyed.fingerprint,
            "answer": answer,
            "created_at": now,
        }
        for keyed, answer in offered.items()
    ]
    await insert_absent_rows(tx, IdempotencyKey, rows)
    return await stored_answers(tx, offered.keys())


async def store_answer(
    tx: Transaction, keyed: Keyed, answer: dict[str, Any], now: datetime
) -> bool:
    """Claim the key for this transaction's answer; False when another request won it."""
    return await insert_absent(
        tx,
        IdempotencyKey,
        scope=keyed.scope,
        key=keyed.key,
        fingerprint=keyed.fingerprint,
        answer=answer,
        created_at=now,
    )

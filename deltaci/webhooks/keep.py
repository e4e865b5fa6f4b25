"""Store verified deliveries and what follows from them: one transaction for many of them."""

import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deltaci.core import Core
from deltaci.ids import new_delivery_id, new_run_id
from deltaci.runs.record import NewRun, record_runs
from deltaci.store.database import Transaction
from deltaci.store.deliveries import keep_deliveries
from deltaci.store.idempotency import Keyed, store_answers
from deltaci.store.outbox import EffectKind, promise_all
from deltaci.vcs.port import Delivery, Provider
from deltaci.webhooks.decide import Decision
from deltaci.wire.forges import DeliveryOutcome, WebhookAccepted
from deltaci.wire.runs import RunAccepted

KEPT_HEADERS = frozenset({"content-type", "idempotency-key", "user-agent"})
KEPT_ENDINGS = ("-event", "-delivery", "-uuid", "event-key", "-hook-id", "-attempt-number")
HEADER_MAX_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Receipt:
    """A verified delivery and what was decided about it."""

    provider: Provider
    delivery: Delivery
    decision: Decision
    repo_id: str | None
    redelivery_of: str | None = None
    id: str = field(default_factory=new_delivery_id)

    @property
    def key(self) -> str:
        """Equal for the same delivery received again, and for nothing else."""
        parts = (self.provider, self.delivery.delivery_id, self.delivery.event)
        told = "\0".join(parts if self.redelivery_of is None else (*parts, self.id))
        return hashlib.sha256(told.encode() + b"\0" + self.delivery.body).hexdigest()


async def keep_receipts(
    tx: Transaction, core: Core, receipts: Sequence[Receipt]
) -> Sequence[WebhookAccepted]:
    """Create the runs that are wanted and new, keep the deliveries, and answer each of them.

    Rows are written in the order of their keys, so that two processes which received the same
    deliveries wait for each other one way only.
    """
    now = core.clock()
    runs = await _create_runs(tx, core, receipts, now)
    answers = [_answer(receipt, runs) for receipt in receipts]
    await _look_into_commands(tx, receipts, now)
    times = Counter(receipt.key for receipt in receipts)
    first = {
        receipt.key: _row(receipt, answer, times[receipt.key], now)
        for receipt, answer in reversed(list(zip(receipts, answers, strict=True)))
    }
    await keep_deliveries(tx, [first[key] for key in sorted(first)])
    return answers


@dataclass(slots=True)
class _Runs:
    """The runs of a batch's events by key, and the keys of new ones that nobody was told of."""

    by_key: dict[str, RunAccepted]
    fresh: set[str]


async def _create_runs(
    tx: Transaction, core: Core, receipts: Iterable[Receipt], now: datetime
) -> _Runs:
    wanted = {key: run for receipt in receipts for key, run in _wanted(receipt)}
    run_ids = {key: new_run_id() for key in wanted}  # they tell the order of arrival
    keyed = {key: _keyed(wanted[key], key) for key in sorted(wanted)}
    offers = {
        keyed[key]: RunAccepted(run_id=run_ids[key], state="CREATED").model_dump(mode="json")
        for key in keyed
    }
    told = await store_answers(tx, offers, now)
    runs = {key: RunAccepted.model_validate(told[keyed[key]]) for key in keyed}
    fresh = {key for key in wanted if runs[key].run_id == run_ids[key]}
    await record_runs(tx, core, [(run_ids[key], wanted[key]) for key in wanted if key in fresh])
    return _Runs(runs, fresh)


def _wanted(receipt: Receipt) -> Iterable[tuple[str, NewRun]]:
    run = receipt.decision.run
    if run is not None and run.trigger is not None:
        yield f"{receipt.provider}/{run.trigger.event_key}", run


def _keyed(run: NewRun, key: str) -> Keyed:
    """The key says everything about the request, so it is its own fingerprint."""
    provider, _, event = key.partition("/")
    return Keyed.of(f"webhooks:{provider}", event, [run.repo_id, event])


def _answer(receipt: Receipt, runs: _Runs) -> WebhookAccepted:
    decision = receipt.decision
    for key, _ in _wanted(receipt):
        run = runs.by_key[key]
        outcome = DeliveryOutcome.RUN_CREATED if key in runs.fresh else DeliveryOutcome.DUPLICATE
        runs.fresh.discard(key)
        return WebhookAccepted(outcome=outcome, run_id=run.run_id, state=run.state)
    return WebhookAccepted(outcome=decision.outcome, reason=decision.reason or None)


async def _look_into_commands(tx: Transaction, receipts: Iterable[Receipt], now: datetime) -> None:
    """Promise a look at each comment that is here for the first time, by whichever webhook."""
    asked: dict[Keyed, dict[str, Any]] = {}
    for receipt in receipts:
        if receipt.decision.outcome is DeliveryOutcome.COMMAND:
            asked.setdefault(_comment(receipt), {"delivery_id": receipt.id})
    offers = {keyed: asked[keyed] for keyed in sorted(asked, key=lambda keyed: keyed.key)}
    looked_at = await store_answers(tx, offers, now)
    fresh = [offer for keyed, offer in offers.items() if looked_at[keyed] == offer]
    await promise_all(tx, EffectKind.OBEY_COMMAND, fresh, now)


def _comment(receipt: Receipt) -> Keyed:
    """The same for one comment, however often it is told; asking to redeliver it is asking anew."""
    again = receipt.id if receipt.redelivery_of is not None else ""
    what = [receipt.repo_id, receipt.decision.pr_number, receipt.decision.comment_id, again]
    told = hashlib.sha256(repr(what).encode()).hexdigest()
    return Keyed.of(f"webhooks.commands:{receipt.provider}", told, what)


def _row(receipt: Receipt, answer: WebhookAccepted, times: int, now: datetime) -> dict[str, Any]:
    delivery, decision = receipt.delivery, receipt.decision
    return {
        "id": receipt.id,
        "receipt_key": receipt.key,
        "provider": receipt.provider,
        "delivery_id": delivery.delivery_id,
        "event": delivery.event,
        "full_name": delivery.full_name,
        "repo_id": receipt.repo_id,
        "ref": decision.ref,
        "commit_sha": decision.commit_sha,
        "pr_number": decision.pr_number,
        "outcome": answer.outcome,
        "reason": decision.reason,
        "run_id": answer.run_id,
        "redelivery_of": receipt.redelivery_of,
        "receipts": times,
        "headers": _kept(delivery),
        "body": zlib.compress(delivery.body, 1),
        "received_at": now,
        "last_received_at": now,
    }


def _kept(delivery: Delivery) -> dict[str, str]:
    return {
        name: value[:HEADER_MAX_LENGTH]
        for name, value in sorted(delivery.headers.items())
        if (name in KEPT_HEADERS or name.endswith(KEPT_ENDINGS)) and value.isprintable()
    }

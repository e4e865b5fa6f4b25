"""What windows and rules of the governance say of a question."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from deltaci.core import Core
from deltaci.deployments.question import Closed, Question
from deltaci.rules.check import check_rules
from deltaci.rules.model import Attempt, RulesVerdict
from deltaci.rules.schedule import find_closure
from deltaci.store.database import Transaction
from deltaci.wire.deployments import DeploymentKind
from deltaci.wire.schedule import ScheduleWindow

UNREADABLE = "the group's freeze windows cannot be read; an admin has to correct them"


def attempt_of(question: Question, deployment_id: str, at: datetime) -> Attempt:
    """Say to the rules what somebody wants."""
    return Attempt(
        id=deployment_id,
        product=question.service,
        version=question.version,
        environment=question.environment,
        actor=question.asker.id,
        at=at,
    )


async def what_rules_say(
    tx: Transaction, core: Core, question: Question, deployment_id: str, *, dry_run: bool = False
) -> RulesVerdict:
    """Ask the rules; a rollback, and a question about no version, is none of their business."""
    if question.kind is DeploymentKind.ROLLBACK or not question.version:
        return RulesVerdict()
    attempt = attempt_of(question, deployment_id, core.clock())
    return await check_rules(tx, core, attempt, dry_run=dry_run)


def closed_at(windows: Sequence[Mapping[str, Any]], at: datetime) -> Closed | None:
    """Return why a group's freeze windows do not allow a moment, or None.

    Windows that cannot be read freeze for good: an admin has to put them right.
    """
    try:
        known = [ScheduleWindow.model_validate(window) for window in windows]
    except ValidationError:
        return Closed(UNREADABLE, None)
    closure = find_closure(known, at)
    if closure is None:
        return None
    name = closure.window.name if closure.window else ""
    until = f" until {closure.reopens_at:%FT%TZ}" if closure.reopens_at else ""
    return Closed(f"deployments are frozen{until}", closure.reopens_at, name)

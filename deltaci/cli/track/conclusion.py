"""What became of an event, told to people, to programs and to GitHub."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from deltaci.cli.track import speech
from deltaci.cli.track.exits import TrackExit, exit_of
from deltaci.cli.track.invocation import Invocation
from deltaci.tracker import guidance, job_summary
from deltaci.tracker.kinds import Kind
from deltaci.tracker.outcomes import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Attempt:
    """An event that was sent, and how that ended."""

    kind: Kind
    body: Mapping[str, Any]
    idempotency_key: str
    outcome: Outcome
    kept: Path | None
    """Where it waits for a flush."""


def conclude(invocation: Invocation, attempt: Attempt, *, tolerant: bool) -> TrackExit:
    """Tell what became of an event. Returns the exit code."""
    if attempt.outcome.verdict is Verdict.RECORDED:
        _tell_success(invocation, attempt)
    elif attempt.outcome.verdict is Verdict.BLOCKED:
        _tell_refusal(attempt)
    else:
        _tell_failure(attempt, tolerant=tolerant)
    if invocation.as_json:
        speech.say_json(_document(attempt))
    if invocation.on_github:
        _tell_github(invocation, attempt, tolerant=tolerant)
    return exit_of(attempt.outcome.verdict, tolerant=tolerant)


def _tell_success(invocation: Invocation, attempt: Attempt) -> None:
    for rule, text in _only_reported(attempt.outcome.document):
        speech.tell(f"⚠ Rule '{rule}' only reports; else it would have blocked this: {text}")
    if invocation.as_json:
        return
    speech.say(f"✓ {attempt.kind.title} event tracked successfully")
    speech.say(f"  Event ID: {attempt.outcome.detail('id')}")
    if invocation.verbose:
        for name in ("Product", "Version", "Environment"):
            if value := attempt.outcome.detail(f"{name.lower()}_id"):
                speech.say(f"  {name} ID: {value}")


def _tell_refusal(attempt: Attempt) -> None:
    kind, outcome = attempt.kind, attempt.outcome
    code = "" if outcome.detail("message") else f" (HTTP {outcome.status})"
    speech.tell(f"✗ {guidance.heading(kind, outcome)}{code}")
    for name, value in guidance.facts(outcome):
        speech.tell(f"  {name}: {value}")
    speech.tell(f"  Message: {guidance.message(outcome)}")
    speech.tell(f"  What to do: {guidance.next_step(kind, outcome)}")
    if details := outcome.document.get("details"):
        speech.tell("  Details:")
        speech.tell_json(details)


def _tell_failure(attempt: Attempt, *, tolerant: bool) -> None:
    noun, reason = attempt.kind.noun, attempt.outcome.reason
    if tolerant:
        speech.tell(f"⚠ nothing was recorded: {reason}")
    else:
        speech.tell(f"✗ {noun} event not recorded: {reason}")
    if attempt.kept:
        speech.tell(
            f"  It is kept: send it with delta-ci track flush --spool {attempt.kept.parent}"
        )


def _only_reported(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Rules that would have refused the event (spec §1.6)."""
    found: Any = document
    for name in ("extra_metadata", "preflight_status", "rules_evaluated"):
        found = found.get(name) if isinstance(found, Mapping) else None
    for rule in found if isinstance(found, list) else []:
        verdict = (
            (rule.get("status"), rule.get("evaluation_result")) if isinstance(rule, dict) else ()
        )
        if verdict == ("report_only", "failed"):
            yield str(rule.get("rule_name")), str(rule.get("error_message"))


def _document(attempt: Attempt) -> Mapping[str, Any]:
    outcome = attempt.outcome
    is_recorded = outcome.verdict is Verdict.RECORDED
    return {
        "outcome": outcome.verdict.value,
        "http_status": outcome.status,
        "reason": outcome.reason or None,
        "idempotency_key": attempt.idempotency_key,
        "event": outcome.document if is_recorded else None,
        "refusal": None if is_recorded else outcome.document,
        "kept": str(attempt.kept) if attempt.kept else None,
    }


def _tell_github(invocation: Invocation, attempt: Attempt, *, tolerant: bool) -> None:
    kind, outcome = attempt.kind, attempt.outcome
    if outcome.verdict is Verdict.RECORDED:
        ui_url = invocation.settings.text("ui_url")
        section = job_summary.success_section(kind, attempt.body, outcome, ui_url)
    else:
        section = job_summary.failure_section(kind, outcome)
        is_blocked = outcome.verdict is Verdict.BLOCKED
        line = job_summary.annotation(
            guidance.annotation_title(kind, outcome)
            if is_blocked
            else job_summary.failure_title(kind),
            guidance.message(outcome) if is_blocked else outcome.reason,
            level="warning" if tolerant and not is_blocked else "error",
        )
        # Standard output belongs to the document with `--json`; GitHub reads both.
        typer.echo(line, err=invocation.as_json)
    _append_summary(section)


def _append_summary(section: str) -> None:
    if not (path := os.environ.get("GITHUB_STEP_SUMMARY")):
        return
    try:
        with Path(path).open("a", encoding="utf-8", errors="replace") as file:
            file.write(section)
    except OSError as error:
        speech.tell(f"⚠ no job summary: {error.strerror}")

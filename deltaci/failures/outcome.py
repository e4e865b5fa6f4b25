"""How the failing step ended, from exit codes and from what the runner said.

A step's command is part of our runner's summary and comes from the repository, so it is taken out
before anything is looked for: `step 1 'echo timed out; exit 1' failed: exit status 1` says exit
status 1 and nothing else.
"""

import re
from dataclasses import dataclass

from deltaci.failures.evidence import Evidence, failing_step
from deltaci.failures.redaction import strip_controls

MAX_SUMMARY_CHARS = 2_000
_SIGNALS = 64
_INT32 = 2**31 - 1

_STEP = re.compile(r"step \d{1,6} '.*' (?P<ending>.*)")
_FAILED = re.compile(r"failed: exit status -?\d{1,10}")
_TIMED_OUT = re.compile(r"timed out after \d{1,9}s")
_SIGNAL = re.compile(r"(?:failed: )?killed by signal (\d{1,3})")
_EXIT_STATUS = re.compile(r"\bexit(?:ed with)? (?:status|code):? (-?\d{1,10})\b", re.IGNORECASE)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The structured facts about the end of the failing step."""

    exit_code: int | None
    """As shells count: 128 + N for a process that signal N killed."""
    timed_out: bool
    said: str
    """The runner's own words without anything quoted, lower-case; empty when ours is speaking."""


def read_outcome(evidence: Evidence) -> Outcome:
    """Read how the step ended. The exit code of the completion wins over those of the steps."""
    summary = " ".join(strip_controls(evidence.summary[:MAX_SUMMARY_CHARS]).split())
    step = _STEP.fullmatch(summary)
    words = step["ending"] if step else summary
    ours = step and any(form.fullmatch(words) for form in (_FAILED, _TIMED_OUT, _SIGNAL))
    return Outcome(
        exit_code=_exit_code(evidence, words),
        timed_out=evidence.status == "TIMED_OUT" or bool(_TIMED_OUT.fullmatch(words)),
        said="" if ours else _QUOTED.sub("…", words).casefold(),
    )


def bounded(number: int) -> int:
    """Return the nearest number that databases and other programs can hold."""
    return max(-_INT32, min(_INT32, number))


def _exit_code(evidence: Evidence, words: str) -> int | None:
    step = failing_step(evidence.steps)
    codes = [evidence.exit_code, step.exit_code if step else None, _said_code(words)]
    known = [bounded(code) for code in codes if code is not None]
    code = next((code for code in known if code), 0 if known else None)
    # Python reports a process that signal N killed as -N, shells as 128 + N.
    return 128 - code if code is not None and -_SIGNALS <= code < 0 else code


def _said_code(words: str) -> int | None:
    if signal := _SIGNAL.fullmatch(words):
        return 128 + int(signal[1])
    if status := _EXIT_STATUS.search(_QUOTED.sub("…", words)):
        return int(status[1])
    return None

"""Reads JUnit reports, which are hostile input, into one row of numbers and the failures."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from junitparser import (
    Error,
    Failure,
    JUnitXml,
    JUnitXmlError,
    Skipped,
    TestCase,
)

from deltaci.failures.redaction import redact
from deltaci.wire.runner import TestFailure, TestSummary

REPORT_MAX_BYTES = 10 * 1024 * 1024
_DEPTH_MAX = 32
_FAILURES_MAX = 50
_NAME_MAX = 500
_MESSAGE_MAX = 2000


class ReportError(Exception):
    """The report is not read; the message says why."""


@dataclass(slots=True)
class Reports:
    """What was read from a job's reports so far."""

    secrets: Collection[str] = ()
    total: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list[TestFailure] = field(default_factory=list)

    def add(self, report: bytes) -> None:
        """Count one report. Raises ReportError, having counted nothing, for what is not JUnit."""
        for case in list(_cases(report)):
            self.total += 1
            self.skipped += any(isinstance(result, Skipped) for result in case.result)
            bad = [result for result in case.result if isinstance(result, Failure | Error)]
            self.failed += bool(bad)
            if bad and len(self.failures) < _FAILURES_MAX:
                self.failures.append(_failure(case, bad[0], self.secrets))

    def add_file(self, file: Path) -> None:
        """Count one file. Raises ReportError and OSError."""
        if file.stat().st_size > REPORT_MAX_BYTES:
            raise ReportError(f"larger than {REPORT_MAX_BYTES} bytes")
        self.add(file.read_bytes())

    def summary(self) -> TestSummary:
        """Return the numbers for the protocol."""
        return TestSummary(
            total=self.total, failed=self.failed, skipped=self.skipped, failures=self.failures
        )


def _cases(report: bytes) -> Iterator[TestCase]:
    _refuse_tricks(report)
    try:
        suites = JUnitXml.fromstring(report)
    except (JUnitXmlError, ParseError) as error:
        raise ReportError("not a JUnit report") from error
    for suite in suites:
        yield from suite


def _failure(case: TestCase, result: Failure | Error, secrets: Collection[str]) -> TestFailure:
    name = "::".join(part for part in (case.classname, case.name) if part)
    message = result.message or (result.text or "").strip()
    return TestFailure(
        name=redact(name, secrets)[:_NAME_MAX],
        message=redact(message, secrets)[:_MESSAGE_MAX],
    )


def _refuse_tricks(report: bytes) -> None:
    """Look at the document once without building it: no entities, bounded nesting."""
    depth = 0

    def begin(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEPTH_MAX:
            raise ReportError(f"nested deeper than {_DEPTH_MAX} elements")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: object) -> None:
        raise ReportError("has a document type declaration")

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(report, True)  # noqa: FBT003 - expat's own signature
    except expat.ExpatError as error:
        raise ReportError("not well-formed XML") from error

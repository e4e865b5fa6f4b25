"""Reads JUnit reports, which are hostile input, into one row of numbers and the failures."""

from collections.abc import Collection, Iterable, Iterator, Sequence
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
    TestSuite,
)

from deltaci.failures.redaction import redact
from deltaci.wire.runner import TestFailure, TestSummary

REPORT_MAX_BYTES = 10 * 1024 * 1024
REPORTS_MAX = 200
_DEPTH_MAX = 32
_FAILURES_MAX = 50
_NAME_MAX = 500
_MESSAGE_MAX = 2000


class ReportError(Exception):
    """The report is not read; the message says why."""


def summarize(reports: Iterable[bytes], secrets: Collection[str] = ()) -> TestSummary:
    """Add up reports, with secrets masked.

    Raises ReportError for one that is too big, too deep or not JUnit.
    """
    total = failed = skipped = 0
    failures: list[TestFailure] = []
    for report in reports:
        for case in _cases(report):
            total += 1
            skipped += any(isinstance(result, Skipped) for result in case.result)
            bad = [result for result in case.result if isinstance(result, Failure | Error)]
            if bad:
                failed += 1
                failures.append(_failure(case, bad[0], secrets))
    return TestSummary(
        total=total, failed=failed, skipped=skipped, failures=failures[:_FAILURES_MAX]
    )


def summarize_files(files: Sequence[Path], secrets: Collection[str] = ()) -> TestSummary:
    """Add up report files. Raises ReportError, also for too many files."""
    if len(files) > REPORTS_MAX:
        raise ReportError(f"more than {REPORTS_MAX} files")
    return summarize(map(_read, files), secrets)


def _read(file: Path) -> bytes:
    if file.stat().st_size > REPORT_MAX_BYTES:
        raise ReportError(f"larger than {REPORT_MAX_BYTES} bytes")
    return file.read_bytes()


def _cases(report: bytes) -> Iterator[TestCase]:
    _refuse_tricks(report)
    try:
        suites = JUnitXml.fromstring(report)
    except (JUnitXmlError, ParseError) as error:
        raise ReportError("not a JUnit report") from error
    for suite in suites:
        yield from _cases_of(suite)


def _cases_of(suite: TestSuite) -> Iterator[TestCase]:
    yield from suite
    nested_suites = suite.testsuites()  # type: ignore[no-untyped-call]  # junitparser left it out
    for nested in nested_suites:
        yield from _cases_of(nested)


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

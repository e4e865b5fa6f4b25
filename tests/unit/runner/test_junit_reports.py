import pytest

from deltaci.runner.junit import ReportError, Reports
from deltaci.wire.runner import TestSummary

PASSED = '<testcase classname="m" name="ok"/>'
SKIPPED = '<testcase name="later"><skipped/></testcase>'
FAILED = '<testcase classname="m.T" name="bad"><failure message="1 != 2">trace</failure></testcase>'
ERRORED = '<testcase name="broken"><error>no fixture</error></testcase>'


def read(*reports: str, secrets: tuple[str, ...] = ()) -> TestSummary:
    read = Reports(secrets)
    for report in reports:
        read.add(report.encode())
    return read.summary()


def test_results_of_several_reports_add_up() -> None:
    summary = read(
        f"<testsuites><testsuite>{PASSED}{SKIPPED}</testsuite></testsuites>",
        f"<testsuite>{FAILED}{ERRORED}</testsuite>",
    )
    assert (summary.total, summary.failed, summary.skipped) == (4, 2, 1)
    assert [(failure.name, failure.message) for failure in summary.failures] == [
        ("m.T::bad", "1 != 2"),
        ("broken", "no fixture"),
    ]


def test_nested_suites_count_once() -> None:
    summary = read(
        f"<testsuites><testsuite><testsuite>{FAILED}</testsuite></testsuite></testsuites>"
    )
    assert (summary.total, summary.failed) == (1, 1)


def test_failures_are_bounded_and_still_counted() -> None:
    summary = read(f"<testsuite>{FAILED * 60}</testsuite>")
    assert (summary.failed, len(summary.failures)) == (60, 50)


def test_long_texts_are_cut_and_secrets_masked() -> None:
    failed = f'<failure message="is hunter2-horse {"x " * 3000}"/>'
    case = f'<testcase name="{"n" * 600}">{failed}</testcase>'
    (failure,) = read(f"<testsuite>{case}</testsuite>", secrets=("hunter2-horse",)).failures
    assert (len(failure.name), len(failure.message)) == (500, 2000)
    assert failure.message.startswith("is *** x")


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        ("<testsuite>", "not well-formed"),
        ("", "not well-formed"),
        ("<html/>", "not a JUnit report"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><testsuite/>', "document type"),
        ("<a>" * 40 + "</a>" * 40, "nested deeper"),
    ],
)
def test_what_is_refused(report: str, reason: str) -> None:
    with pytest.raises(ReportError, match=reason):
        read(report)


def test_a_refused_report_adds_nothing() -> None:
    reports = Reports()
    reports.add(f"<testsuite>{PASSED}</testsuite>".encode())
    with pytest.raises(ReportError):
        reports.add(b"<testsuite><testcase/>")
    assert reports.summary().total == 1

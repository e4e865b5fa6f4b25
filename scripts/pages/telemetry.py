"""docs/reference/metrics-and-audit.md, from what the API exposes and the store records."""

import re

from api.metrics import expose
from deltaci.failures.verdict import Category
from deltaci.states import JobState, LeaseState, RunState
from deltaci.store.audit import MEANINGS
from deltaci.store.census import Census
from deltaci.wire.forges import DeliveryOutcome
from deltaci.wire.reports import ReportState

HEAD = """\
# Metrics, audit and logs

Written by `make docs` from the metrics page and the list of audited actions.

## Metrics

`GET /metrics` of every API process, in Prometheus' text format, for everybody who can reach it. The
numbers are counted from the rows, at most every five seconds, so each process tells the same:
scrape any one. They are gauges: rows that are deleted lower them.

| metric | labels | meaning |
|---|---|---|
"""

AUDIT = """\

## Audit

The table `audit_events` is only ever added to. A row holds `at`, `actor`, `action`, `subject_kind`,
`subject_id` and `details`; nothing secret is in it. Beside it, `transitions` holds every change of
a state of a run, job, attempt and lease: when, by whom, and why.

| action | when |
|---|---|
"""

LOGS = """\

## Logs

The API and the workers write one JSON object a line to standard error, with `component`, `event`,
`level` and `timestamp`; lines about a request have its `request_id`, lines about a lease only
`lease_id_hash`. Tokens, lease ids, statements' parameters and query strings are in none of them.
"""

ONE_OF_EACH = Census(
    runs=dict.fromkeys(RunState, 1),
    jobs=dict.fromkeys(JobState, 1),
    leases=dict.fromkeys(LeaseState, 1),
    failures=dict.fromkeys(Category, 1),
    deliveries=dict.fromkeys(DeliveryOutcome, 1),
    reports=dict.fromkeys(ReportState, 1),
    promised=1,
    oldest_seconds=1.0,
)


def render(_present: str) -> str:
    """The whole page."""
    page = expose(ONE_OF_EACH).decode()
    metrics = [
        f"| `{name}` | {_labels(page, name)} | {meaning} |"
        for name, meaning in re.findall(r"^# HELP (\S+) (.*)$", page, re.MULTILINE)
    ]
    actions = [f"| `{action}` | {meaning} |" for action, meaning in MEANINGS.items()]
    return HEAD + "\n".join(metrics) + "\n" + AUDIT + "\n".join(actions) + "\n" + LOGS


def _labels(page: str, name: str) -> str:
    values = re.findall(rf'^{name}{{(\w+)="(\w+)"}}', page, re.MULTILINE)
    if not values:
        return ""
    return f"`{values[0][0]}`: {', '.join(value for _, value in values)}"

"""GitHub's annotations and job summary (spec §2.9). What a server says is only ever text there."""

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from deltaci.tracker import guidance
from deltaci.tracker.kinds import BUILD, Kind
from deltaci.tracker.outcomes import Outcome, Verdict
from deltaci.tracker.statuses import canonical

LONGEST_DETAILS = 20_000
MARKERS = {
    "pending": "⏳",
    "started": "🚀",
    "completed": "✅",
    "failed": "❌",
    "aborted": "🚫",
}
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+.!|~$@:-])")


def annotation(title: str, message: str, level: str = "error") -> str:
    """An annotation, of level `error` or `warning`: one line that the texts in it cannot leave."""
    return f"::{level} title={_property(title)}::{_data(message)}"


def failure_title(kind: Kind) -> str:
    """The title of an annotation for an event that no rule forbade, but that is not recorded."""
    return f"Versioner {kind.title} Failed"


def success_section(kind: Kind, body: Mapping[str, Any], outcome: Outcome, ui_url: str) -> str:
    """A section for an event that was recorded."""
    status = canonical(kind, str(body["status"]))
    rows = [
        ("Action", f"{kind.title} tracked"),
        ("Environment", body.get("environment_name")),
        ("Status", f"{MARKERS.get(status, '')} {status}".strip()),
        ("Version", body["version"]),
        ("Git SHA", body.get("scm_sha")),
    ]
    lines = [f"## {kind.title}: {_markdown(str(body['product_name']))}", "", *_list(rows)]
    if page := _page(kind, outcome, ui_url):
        lines += ["", f"[View in Versioner]({page})"]
    return "\n".join(lines) + "\n"


def failure_section(kind: Kind, outcome: Outcome) -> str:
    """A section for an event that was not recorded, for whatever reason."""
    if outcome.verdict is not Verdict.BLOCKED:
        return _section(f"{kind.title} not recorded", outcome.reason, _causes(outcome))
    lines = [
        *_list(guidance.facts(outcome)),
        "",
        f"**Next step:** {_markdown(guidance.next_step(kind, outcome))}",
        *_details(outcome.document.get("details")),
    ]
    return _section(guidance.heading(kind, outcome), guidance.message(outcome), lines)


def _section(heading: str, message: str, lines: list[str]) -> str:
    return "\n".join([f"## ❌ {heading}", "", _markdown(message), "", *lines]) + "\n"


def _causes(outcome: Outcome) -> list[str]:
    if outcome.verdict is Verdict.UNAVAILABLE:
        return ["- The server or the way to it is away.", "- The API URL is wrong."]
    return [
        "- The API key is wrong or has been revoked.",
        "- A value of the event is missing, too long, or not accepted.",
    ]


def _list(rows: Any) -> list[str]:
    return [f"- **{name}:** {_markdown(str(value))}" for name, value in rows if value]


def _details(details: object) -> Iterator[str]:
    if not details:
        return
    written = json.dumps(details, indent=2)[:LONGEST_DETAILS]
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", written)), default=0))
    yield from ("", "**Details:**", "", f"{fence}json", written, fence)


def _page(kind: Kind, outcome: Outcome, ui_url: str) -> str:
    name = "version_id" if kind is BUILD else "id"
    view = re.sub(r"[^A-Za-z0-9_-]", "", outcome.detail(name))
    if not (view and re.fullmatch(r"https?://[^\s()<>\"']+", ui_url)):
        return ""
    noun = "versions" if kind is BUILD else "deployments"
    return f"{ui_url.rstrip('/')}/manage/{noun}?view={view}"


def _markdown(text: str) -> str:
    """Text without a meaning in Markdown or HTML."""
    return _SPECIAL.sub(r"\\\1", html.escape(" ".join(text.split()), quote=False))


def _data(text: str) -> str:
    # `##[` begins the older form of a command, anywhere in a line.
    text = text.replace("##[", "## [").replace("%", "%25")
    return text.replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

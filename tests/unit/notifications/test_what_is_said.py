"""Payloads are the contract's, key by key; texts for people are bounded, on time, and inert."""

from datetime import UTC, datetime
from typing import Any

import pytest

from deltaci.errors import InvalidRequestError
from deltaci.notifications.payload import payload_of
from deltaci.notifications.text import (
    PLACEHOLDERS,
    TEXT_MAX,
    check_template,
    link_of,
    text_of,
    title_of,
)
from deltaci.store.tables import Announcement
from deltaci.wire.notifications import EVENT_TYPES

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def news(event_type: str = "deployment.failed", **changes: Any) -> Announcement:
    values: dict[str, Any] = {
        "id": 7,
        "event_type": event_type,
        "subject_kind": "deployment",
        "subject_id": "dep-1",
        "product": "shop",
        "version": "1.2.3",
        "environment": "production",
        "status": "failed",
        "payload": {"deployer": "Ann", "error": "out of memory"},
        "occurred_at": NOW,
    }
    return Announcement(**(values | changes))


@pytest.mark.parametrize(
    ("event_type", "successful"),
    [
        ("deployment.completed", True),
        ("deployment.failed", False),
        ("deployment.preflight_failed", False),
        ("deployment.started", None),
        ("deployment.aborted", None),
        ("build.completed", None),
        ("build.failed", None),
    ],
)
def test_success_is_said_of_deployments_that_ended(
    event_type: str, successful: bool | None
) -> None:
    assert payload_of(news(event_type))["is_successful"] is successful


def test_a_build_has_no_environment() -> None:
    assert payload_of(news("build.completed", environment=None))["environment"] is None


@pytest.mark.parametrize("event_type", ["dr.approved", "dr.rejected"])
def test_a_decision_about_a_request_says_who_decided_what(event_type: str) -> None:
    payload = {
        "dr_name": "October",
        "dr_url": "https://ci.example/dr/1",
        "environment_names": ["production"],
        "actor": "ann",
        "approval_type": "qa",
        "approver_role": "qa",
        "slot_status": "approved",
        "comments": "fine",
        "unheard_of": "not sent",
    }
    about = news(event_type, subject_id="dr-1", status="in_progress", payload=payload)

    assert payload_of(about) == {
        "event_type": event_type,
        "occurred_at": "2026-11-30T12:00:00.000Z",
        "dr_id": "dr-1",
        "dr_name": "October",
        "dr_url": "https://ci.example/dr/1",
        "status": "in_progress",
        "environment_names": ["production"],
        "actor": "ann",
        "approval_type": "qa",
        "approver_role": "qa",
        "slot_status": "approved",
        "comments": "fine",
    }


def test_another_event_of_a_request_says_no_decision() -> None:
    assert set(payload_of(news("dr.created"))) == {
        *("event_type", "occurred_at", "dr_id", "dr_name", "dr_url"),
        *("status", "environment_names", "actor"),
    }


def test_a_sign_off_names_the_version() -> None:
    payload = {"version_id": "version-1", "approval_type": "qa", "approver_role": "qa"}
    about = news("version.approved", environment=None, payload=payload)

    assert payload_of(about) == {
        "event_type": "version.approved",
        "occurred_at": "2026-11-30T12:00:00.000Z",
        "version_id": "version-1",
        "product_name": "shop",
        "version": "1.2.3",
        "approval_type": "qa",
        "approver_role": "qa",
        "environment_name": None,
        "comments": None,
        "actor": None,
    }


def test_our_own_text_says_what_is_known() -> None:
    assert text_of(news(), "").splitlines() == [
        "Deployment of shop 1.2.3 to production failed",
        "By: Ann",
        "Error: out of memory",
        "Time: 2026-11-30T12:00:00.000Z",
    ]


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_every_event_has_a_title_without_a_gap(event_type: str) -> None:
    payload = {"dr_name": "October", "approval_type": "qa"}

    title = title_of(news(event_type, payload=payload))

    assert "{" not in title
    assert len(title.split()) > 2


def test_placeholders_are_names_and_nothing_more() -> None:
    template = "{product}{product.__class__} {0} {product!r} {{product}} {version:>99999}"

    shown = text_of(news(), template)

    assert shown == "shop{product.__class__} {0} {product!r} {shop} {version:>99999}"


def test_a_value_is_never_looked_at_for_placeholders() -> None:
    assert text_of(news(product="{version}"), "{product}") == "{version}"


def test_values_stand_on_one_line_with_nothing_invisible() -> None:
    shown = text_of(news(product="shop\nBcc: x\u202e\x1b[31m"), "{product}")

    assert shown == "shop Bcc: x\\u202e\\x1b[31m"


def test_a_text_is_bounded() -> None:
    shown = text_of(news(product="x" * 10_000), "{product}" * 200)

    assert len(shown) == TEXT_MAX


def test_a_template_with_a_word_of_its_own_is_refused() -> None:
    check_template("".join(f"{{{name}}}" for name in PLACEHOLDERS))

    with pytest.raises(InvalidRequestError, match=r"unknown placeholder \{password\}"):
        check_template("{product} {password}")


@pytest.mark.parametrize(
    ("uri", "link"),
    [
        ("https://ci.example/7", "https://ci.example/7"),
        ("http://ci.example/7", ""),
        ("javascript:alert(1)", ""),
        ("https://user:pass@ci.example/", ""),
        (7, ""),
        (None, ""),
    ],
)
def test_only_safe_addresses_become_links(uri: Any, link: str) -> None:
    assert link_of(news(payload={"source_url": uri})) == link

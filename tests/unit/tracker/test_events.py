import json
from typing import Any

import pytest

from deltaci.tracker.errors import InvalidInputError
from deltaci.tracker.event import Settings, check, encode
from deltaci.tracker.kinds import BUILD, DEPLOYMENT, Kind

COMPLETE = {
    "product": "api",
    "version": "1.10",
    "environment": "production",
    "status": "success",
    "api_key": "k",
    "api_url": "https://api.test",
}


def body(kind: Kind = BUILD, metadata: dict[str, str] | None = None, **values: Any) -> Any:
    return check(kind, Settings({**COMPLETE, **values}, metadata or {}))


@pytest.mark.parametrize(
    ("kind", "order"),
    [
        (BUILD, ["product", "version", "api_key", "api_url"]),
        (DEPLOYMENT, ["product", "environment", "version", "api_key", "api_url"]),
    ],
)
def test_the_first_fault_in_the_order_of_the_contract_is_told(kind: Kind, order: list[str]) -> None:
    values = {"started_at": "never", "extra_metadata": "[]"}
    for name in order:
        with pytest.raises(InvalidInputError, match=f"^{name.replace('_', ' ')} is required"):
            check(kind, Settings(values))
        values[name] = COMPLETE[name]
    with pytest.raises(InvalidInputError, match="started at is not RFC 3339"):
        check(kind, Settings(values))
    with pytest.raises(InvalidInputError, match="must be a JSON object"):
        check(kind, Settings({**values, "started_at": ""}))


def test_an_event_carries_what_the_seed_names_and_nothing_empty() -> None:
    assert body(scm_branch="main", built_by="ann", build_url="https://ci/1", invoke_id="") == {
        "product_name": "api",
        "version": "1.10",
        "environment_name": "production",
        "status": "success",
        "scm_branch": "main",
        "build_url": "https://ci/1",
        "built_by": "ann",
    }


def test_the_link_of_a_deployment_has_both_names() -> None:
    event = body(DEPLOYMENT, deploy_url="https://ci/1")
    assert (event["build_url"], event["deploy_url"]) == ("https://ci/1", "https://ci/1")


def test_no_address_of_an_event_carries_credentials() -> None:
    event = body(scm_repository="https://me:secret@git.test/api", build_url="https://x@ci/1")
    assert event["scm_repository"] == "https://git.test/api"
    assert event["build_url"] == "https://ci/1"


@pytest.mark.parametrize(
    "text",
    ["2025-10-23T10:00:00Z", "2025-10-23T10:00:00.123456789+02:00", "2025-10-23t10:00:00z"],
)
def test_rfc_3339_times_are_sent_as_they_are(text: str) -> None:
    assert body(completed_at=text)["completed_at"] == text


@pytest.mark.parametrize(
    "text",
    [
        *("2025-10-23 10:00", "2025-10-23T10:00:00", "2025-13-23T10:00:00Z", "today"),
        *("2025-10-23T25:00:00Z", "2025-10-23T10:00Z", "2025-W43-4T10:00:00Z", "2025-10-23"),
    ],
)
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="RFC 3339"):
        body(completed_at=text)


@pytest.mark.parametrize(
    ("text", "flag"), [("true", True), ("T", True), ("1", True), ("False", False), ("0", False)]
)
def test_booleans_have_the_spellings_of_the_contract(text: str, flag: bool) -> None:
    assert Settings({"x": text}).flag("x") is flag
    assert body(DEPLOYMENT, skip_preflight_checks=text).get("skip_preflight_checks", False) is flag


@pytest.mark.parametrize("text", ["yes", "no", "on", "2", "falsch"])
def test_what_is_no_boolean_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="fail on api error is neither true nor false"):
        Settings({"fail_on_api_error": text}).flag("fail_on_api_error")


def test_metadata_of_users_counts_over_that_of_the_ci_and_keeps_its_integers() -> None:
    given = '{"vi_gh_job": "mine", "big": 12345678901234567890, "deep": {"ä": [null]}}'

    event = body(metadata={"vi_gh_job": "ci", "vi_gh_ref": "r"}, extra_metadata=given)

    assert event["extra_metadata"] == {
        "vi_gh_job": "mine",
        "vi_gh_ref": "r",
        "big": 12345678901234567890,
        "deep": {"ä": [None]},
    }
    assert "12345678901234567890" in json.dumps(event)


def test_empty_metadata_is_left_out() -> None:
    assert "extra_metadata" not in body(extra_metadata="{}")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("[]", "must be a JSON object"),
        ('"text"', "must be a JSON object"),
        ("1", "must be a JSON object"),
        ("null", "must be a JSON object"),
        ("{", "not valid JSON"),
        ('{"a": NaN}', "not valid JSON"),
        ('{"a": 1e999}', "no form for"),
        ("[" * 100_000, "not valid JSON"),
        ('{"a": "' + "x" * 102_400 + '"}', "larger than 102400 bytes"),
        ('{"a": "' + "ä" * 51_200 + '"}', "larger than 102400 bytes"),
        ({"a": {1, 2}}, "no form for"),
        (["a"], "must be a JSON object"),
    ],
    ids=range(12),
)
def test_metadata_that_is_no_object_or_too_large_is_refused(given: object, problem: str) -> None:
    with pytest.raises(InvalidInputError, match=problem):
        body(extra_metadata=given)


def test_metadata_of_exactly_the_largest_size_is_taken() -> None:
    text = '{"a": "' + "x" * (102_400 - 9) + '"}'
    assert len(text) == 102_400
    assert body(extra_metadata=text)["extra_metadata"]


def test_halves_of_characters_never_reach_a_server() -> None:
    event = body(product="a\udcff", extra_metadata='{"x": "\\ud800", "big": 12345678901234567890}')

    assert encode(event).isascii()
    assert json.loads(encode(event))["product_name"] == "a?"
    assert json.loads(encode(event))["extra_metadata"] == {"x": "?", "big": 12345678901234567890}

"""What events must look like: statuses, lengths, types, and how faults are told."""

from typing import Any

import pytest

from deltaci.states import BUILD_WORDS, DEPLOYMENT_WORDS
from deltaci.testing.tracker import Tracker

SEED_STATUSES = {
    "pending": ["pending", "queued", "scheduled"],
    "started": ["started", "in_progress", "init"],
    "completed": ["completed", "success", "complete", "finished"],
    "failed": ["failed", "fail", "failure", "error"],
    "aborted": ["aborted", "abort", "cancelled", "cancel", "skipped"],
}
ALIKE = [(word, status) for status, words in SEED_STATUSES.items() for word in words]
BUILDS = [*ALIKE, ("building", "started"), ("built", "completed")]
DEPLOYMENTS = [*ALIKE, ("deploying", "started"), ("deployed", "completed")]
LIMITS = {
    "product_name": 255,
    "version": 100,
    "source_system": 50,
    "build_number": 100,
    "scm_sha": 40,
    "scm_branch": 100,
    "scm_repository": 500,
    "build_url": 500,
    "invoke_id": 255,
}
BUILD_LIMITS = LIMITS | dict.fromkeys(["built_by", "built_by_email", "built_by_name"], 255)
DEPLOYMENT_LIMITS = (
    LIMITS
    | {"environment_name": 100, "deploy_url": 500}
    | dict.fromkeys(["deployed_by", "deployed_by_email", "deployed_by_name"], 255)
)
KINDS = ("build", "deployment")
CASES = [
    *(("build", field, limit) for field, limit in BUILD_LIMITS.items()),
    *(("deployment", field, limit) for field, limit in DEPLOYMENT_LIMITS.items()),
]


def event_of(tracker: Tracker, kind: str, **changes: Any) -> dict[str, Any]:
    return tracker.build(**changes) if kind == "build" else tracker.deployment(**changes)


def fault(field: str, message: str, kind: str) -> dict[str, Any]:
    return {"detail": [{"loc": ["body", field], "msg": message, "type": kind}]}


def test_the_seed_has_23_spellings() -> None:
    assert len({word for word, _ in [*BUILDS, *DEPLOYMENTS]}) == 23


@pytest.mark.parametrize(("word", "status"), BUILDS)
async def test_every_status_of_a_build_is_understood(
    tracker: Tracker, word: str, status: str
) -> None:
    assert (await tracker.accepted(tracker.build(status=word)))["status"] == status


@pytest.mark.parametrize(("word", "status"), DEPLOYMENTS)
async def test_every_status_of_a_deployment_is_understood(
    tracker: Tracker, word: str, status: str
) -> None:
    assert (await tracker.accepted(tracker.deployment(status=word)))["status"] == status


@pytest.mark.parametrize("kind", KINDS)
async def test_case_and_space_around_a_status_do_not_count(tracker: Tracker, kind: str) -> None:
    record = await tracker.accepted(event_of(tracker, kind, status="\t SUCCESS "))

    assert record["status"] == "completed"


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("build", "deploying"),
        ("build", "deployed"),
        ("deployment", "building"),
        ("deployment", "built"),
        ("build", "running"),
        ("deployment", "done"),
        ("deployment", ""),
    ],
)
async def test_another_status_is_a_fault_that_names_those_there_are(
    tracker: Tracker, kind: str, word: str
) -> None:
    answer = await tracker.report(event_of(tracker, kind, status=word))
    words = BUILD_WORDS if kind == "build" else DEPLOYMENT_WORDS
    message = f"unknown status; accepted are {', '.join(sorted(words))}"

    assert answer.status_code == 422
    assert answer.json() == fault("status", message, "value_error")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("field", ["product_name", "version", "status"])
async def test_what_is_missing_is_told_as_in_the_seed(
    tracker: Tracker, kind: str, field: str
) -> None:
    answer = await tracker.report(event_of(tracker, kind, **{field: None}))

    assert answer.status_code == 422
    assert answer.json() == fault(field, "field required", "value_error.missing")


async def test_every_fault_is_told_at_once(tracker: Tracker) -> None:
    answer = await tracker.tool.post("/deployment-events/", json={"scm_sha": 7, "version": ""})

    assert [(each["loc"][1], each["type"]) for each in answer.json()["detail"]] == [
        ("product_name", "value_error.missing"),
        ("version", "value_error.any_str.min_length"),
        ("scm_sha", "type_error.str"),
        ("status", "value_error.missing"),
        ("environment_name", "value_error.missing"),
    ]


@pytest.mark.parametrize(("kind", "field", "limit"), CASES)
async def test_a_field_may_have_its_length_and_not_one_more(
    tracker: Tracker, kind: str, field: str, limit: int
) -> None:
    fits = event_of(tracker, kind) | {field: ("é" if field != "scm_sha" else "a") * limit}
    longer = fits | {field: fits[field] + "x"}
    accepted = await tracker.accepted(fits)
    refused = await tracker.report(longer)

    assert accepted[field] == fits[field]
    assert refused.status_code == 422
    assert refused.json() == fault(
        field,
        f"ensure this value has at most {limit} characters",
        "value_error.any_str.max_length",
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_a_status_of_more_than_50_characters_is_too_long(tracker: Tracker, kind: str) -> None:
    answer = await tracker.report(event_of(tracker, kind, status="x" * 51))

    assert answer.json()["detail"][0]["type"] == "value_error.any_str.max_length"


@pytest.mark.parametrize("kind", KINDS)
async def test_optional_fields_may_be_null_and_unknown_ones_are_ignored(
    tracker: Tracker, kind: str
) -> None:
    needed = {"product_name", "version", "environment_name", "status"}
    event = event_of(tracker, kind)
    nulls = {name: None for name in event if name not in needed}
    record = await tracker.accepted(
        event | nulls | {"error_message": "x", "id": "mine", "skip_preflight_checks": None}
    )

    assert record["extra_metadata"] == {}
    assert record["id"] != "mine"


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("product_name", "", "value_error.any_str.min_length"),
        ("product_name", "  ", "value_error"),
        ("product_name", None, "type_error.str"),
        ("product_name", 7, "type_error.str"),
        ("version", ["1"], "type_error.str"),
        ("invoke_id", True, "type_error.str"),
        ("invoke_id", "a\0b", "value_error"),
        ("extra_metadata", [], "type_error.dict"),
        ("extra_metadata", "{}", "type_error.dict"),
        ("extra_metadata", 1, "type_error.dict"),
        ("extra_metadata", {"a": ["\0"]}, "value_error"),
        ("extra_metadata", {"a\0": 1}, "value_error"),
        ("completed_at", "yesterday", "value_error.datetime"),
        ("completed_at", "2025-13-01T00:00:00Z", "value_error.datetime"),
        ("completed_at", 1761213600, "value_error.datetime"),
        ("completed_at", "1761213600", "value_error.datetime"),
        ("completed_at", "0001-01-01T00:00:00+14:00", "value_error"),
    ],
)
async def test_what_is_of_another_kind_is_a_fault_and_never_repeated(
    tracker: Tracker, field: str, value: Any, kind: str
) -> None:
    event = event_of(tracker, "build") | {field: value}
    answer = await tracker.report(event)
    (told,) = answer.json()["detail"]

    assert answer.status_code == 422
    assert (told["loc"], told["type"]) == (["body", field], kind)
    assert told.keys() == {"loc", "msg", "type"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        b"\xff",
        b'{"a": NaN',
        b'{"product_name": "\\ud800"}',
        pytest.param(b"[" * 100_000, id="deep"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_no_json_is_a_fault_of_the_body(
    tracker: Tracker, kind: str, body: bytes
) -> None:
    answer = await tracker.tool.post(f"/{kind}-events/", content=body)
    (told,) = answer.json()["detail"]

    assert answer.status_code == 422
    assert (told["loc"], told["type"]) == (["body"], "value_error.jsondecode")


@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null"])
async def test_a_body_that_is_no_object_is_a_fault(tracker: Tracker, body: bytes) -> None:
    answer = await tracker.tool.post("/build-events/", content=body)

    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body"])


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
async def test_numbers_that_are_none_are_refused(
    tracker_on_each_database: Tracker, number: bytes
) -> None:
    tracker = tracker_on_each_database
    body = (
        b'{"product_name": "odd", "version": "1", "status": "success", "extra_metadata": {"n": '
        + number
        + b"}}"
    )
    answer = await tracker.tool.post("/build-events/", content=body)

    assert answer.status_code == 422


async def test_metadata_may_have_102400_bytes_and_not_one_more(tracker: Tracker) -> None:
    fits = {"text": "é" * ((102_400 - len('{"text":""}')) // 2)}
    fits["text"] += "x" * (102_400 - len('{"text":""}') - 2 * len(fits["text"]))
    longer = {"text": fits["text"] + "x"}

    assert (await tracker.report(tracker.build(extra_metadata=fits))).status_code == 200
    refused = await tracker.report(tracker.build(extra_metadata=longer))
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"] == ["body", "extra_metadata"]


async def test_metadata_that_is_too_deep_is_refused(tracker: Tracker) -> None:
    deep = b'{"a":' * 5000 + b"1" + b"}" * 5000
    body = b'{"product_name":"odd","version":"1","status":"built","extra_metadata":' + deep + b"}"
    answer = await tracker.tool.post("/build-events/", content=body)

    assert answer.status_code == 422


async def test_a_body_that_is_too_large_is_413(tracker: Tracker) -> None:
    answer = await tracker.tool.post("/build-events/", content=b"x" * 1_048_577)

    assert answer.status_code == 413
    assert answer.json() == {"detail": "the body is larger than 1048576 bytes"}


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2025-10-23T12:10:00+02:00", "2025-10-23T10:10:00.000Z"),
        ("2025-10-23T10:10:00.123456Z", "2025-10-23T10:10:00.123Z"),
        ("2025-10-23T10:10:00", "2025-10-23T10:10:00.000Z"),
        ("2025-10-23 10:10:00-00:30", "2025-10-23T10:40:00.000Z"),
    ],
)
async def test_times_may_have_any_offset_and_none_means_utc(
    tracker: Tracker, sent: str, shown: str
) -> None:
    assert (await tracker.accepted(tracker.deployment(completed_at=sent)))["deployed_at"] == shown


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", ["/{}-events", "//{}-events/", "//{}-events"])
async def test_a_path_may_have_a_slash_too_many_or_too_few(
    tracker: Tracker, kind: str, path: str
) -> None:
    event = event_of(tracker, kind)
    answer = await tracker.tool.post(
        f"http://delta-ci.test{path.format(kind)}", json=event, follow_redirects=False
    )

    assert answer.status_code == 200

"""The OpenAPI document shows the contract by examples, and each is what it claims to be."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from api import examples
from api.app import build_app
from api.contracts.delta_ci_errors import STATUS
from deltaci.settings import Settings
from deltaci.wire.runs import RunDetail

CODES = {
    "INVALID_REQUEST",
    "UNAUTHORIZED",
    "FORBIDDEN",
    "NOT_FOUND",
    "INVALID_STATE",
    "INTERNAL_ERROR",
}
SHOWN = {
    "POST /api/v1/runs": {"request", "201"},
    "GET /api/v1/runs/{run_id}": {"200"},
    "POST /api/v1/runs/{run_id}/cancel": {"200"},
    "POST /api/v1/runs/{run_id}/rerun": {"request", "200", "201"},
}
"""The operations of the seed, and where each shows what it takes and gives."""
STRICT = ("/api/v1/", "/v1/")
"""Contracts in which an invalid request is 400."""


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    return build_app(Settings(data_dir=tmp_path)).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def contents(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "request", operation.get("requestBody", {}).get("content", {})
    for status, response in operation["responses"].items():
        yield status, response.get("content", {})


def shown_in(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], Any]]:
    """Each example: of which operation, where in it, with which schema."""
    for name, operation in operations(document):
        for place, content in contents(operation):
            body = content.get("application/json", {})
            given = [body["example"]] if "example" in body else []
            for example in given or body.get("schema", {}).get("examples", []):
                yield name, place, body["schema"], example


def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    checked = 0
    for _, _, schema, example in shown_in(document):
        resolvable = {"components": document["components"], **schema}
        jsonschema.validate(example, resolvable)
        checked += 1

    assert checked > 50


def test_the_seeds_operations_are_shown(document: dict[str, Any]) -> None:
    found: dict[str, set[str]] = {name: set() for name in SHOWN}
    for name, place, _, _ in shown_in(document):
        if name in found and place in {"request", "200", "201"}:
            found[name].add(place)

    assert found == SHOWN


def test_errors_show_the_code_that_is_answered() -> None:
    answered = {int(status): kind.code for kind, status in STATUS.items() if kind.code in CODES}

    assert {code for code, _ in examples.ERRORS.values()} == CODES
    for status, code in answered.items():
        assert examples.error(status)["error"]["code"] == code


def test_the_run_detail_is_one_that_we_could_send() -> None:
    detail = RunDetail.model_validate(examples.RUN_DETAIL)

    assert detail.jobs[0].failure_explanations[0].signals.has_log


def test_nothing_is_documented_that_is_never_answered(document: dict[str, Any]) -> None:
    strict = [op for name, op in operations(document) if name.split()[1].startswith(STRICT)]

    assert strict
    assert not [operation for operation in strict if "422" in operation["responses"]]
    assert "HTTPValidationError" not in document["components"]["schemas"]

"""One OpenAPI document over all contracts, without what the framework claims on its own account."""

import json
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from api.contracts.contract import Contracts

FRAMEWORK_MODELS = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI, contracts: Contracts) -> None:
    """Make the application's document say what its contracts really answer."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _corrected(generate(), contracts)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's own way to replace it


def _corrected(document: dict[str, Any], contracts: Contracts) -> dict[str, Any]:
    for path, operation in _operations(document):
        for status in contracts.of(path).never_answers:
            operation["responses"].pop(status, None)
    models = document["components"]["schemas"]
    for name in FRAMEWORK_MODELS:
        if f"#/components/schemas/{name}" not in json.dumps(document):
            models.pop(name, None)
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation

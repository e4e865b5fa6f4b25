"""What the routes of the Versioner contract document of how they ask, answer and refuse."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from api.answers import Responses, shown
from api.contracts.versioner_errors import SAYINGS
from deltaci.wire.refusals import BlockedTwice, Faulty, Told

MEANINGS: Mapping[int, str] = {
    401: "No valid API key or token.",
    403: "The caller's roles do not allow this.",
    404: "No such thing.",
    409: "It contradicts what is known.",
    413: "The body is too large.",
    422: "Not a valid request: one item for each fault.",
    423: "Not now: a rule forbids deploying in this window.",
    428: "Not yet: a rule or an approval is missing.",
    429: "Too often; `Retry-After` says when to come again.",
    500: "Unexpected; logged, not explained.",
    503: "Something needed is unreachable; try again.",
}
SENTENCES: Mapping[int, str] = {
    **SAYINGS,
    409: "Version 1.2.3 already exists with different SHA",
    413: "the body is larger than 1048576 bytes",
    429: "Rate limit exceeded. Try again in 60 seconds.",
}
FAULTY = {
    "detail": [
        {"loc": ["body", "product_name"], "msg": "field required", "type": "value_error.missing"}
    ]
}
EVERYWHERE = frozenset({401, 403, 422, 500, 503})
BLOCKS = frozenset({423, 428})


def refusals(*statuses: int) -> Responses:
    """Document these refusals, and those that every route of the contract can give."""
    return {status: _refusal(status) for status in sorted({*EVERYWHERE, *statuses})}


def _refusal(status: int) -> dict[str, Any]:
    if status == 422:  # noqa: PLR2004 - a status
        return {"model": Faulty, "description": MEANINGS[status], **shown(FAULTY)}
    if status in BLOCKS:
        return {"model": BlockedTwice, "description": MEANINGS[status]}
    told = shown({"detail": SENTENCES[status]})
    return {"model": Told, "description": MEANINGS[status], **told}


def body_of(model: type[BaseModel], *examples: Any) -> dict[str, Any]:
    """Document the body of a route that reads it with `access.reads`."""
    schema = model.model_json_schema()
    schema = _inlined(schema, schema.pop("$defs", {}))
    if examples:
        schema["examples"] = list(examples)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """Put what is referred to in the place of the reference: the document has it nowhere else."""
    if isinstance(schema, list):
        return [_inlined(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = {**definitions[name], **{k: v for k, v in schema.items() if k != "$ref"}}
    return {name: _inlined(value, definitions) for name, value in schema.items()}

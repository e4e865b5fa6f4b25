"""Every failure that a route can give is in its description, in its contract's envelope."""

from typing import Any

import pytest

from api.app import build_app
from api.contracts.versioner import PREFIXES
from deltaci.settings import Settings

DOCUMENT = build_app(Settings()).openapi()
HEALTH = {"/healthz", "/readyz", "/metrics", "/v1/health"}
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if path not in HEALTH
}
SIGNED = {"POST /api/v1/webhooks/{provider}"}
"""A signature opens them: nobody's roles are asked for."""
ENVELOPES = {
    "/api/v1": {"ErrorEnvelope", "RunnerConflict"},
    "/v1": {"Refusal"},
    **{prefix: {"Told", "Faulty", "BlockedTwice"} for prefix in PREFIXES},
}
"""The shapes of refusals, by the contract's prefix."""


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_failure_is_documented(name: str) -> None:
    documented = set(OPERATIONS[name]["responses"])
    invalid = "422" if name.split()[1].startswith(PREFIXES) else "400"

    assert {invalid, "401", "500", "503"} <= documented
    assert ("403" in documented) == (name not in SIGNED)
    assert ("requestBody" in OPERATIONS[name]) <= ("413" in documented)
    assert ("{" in name) <= ("404" in documented)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_failure_has_the_envelope_and_begins_with_its_code(name: str) -> None:
    path = name.split()[1]
    envelopes = next(kinds for prefix, kinds in ENVELOPES.items() if path.startswith(prefix))
    for status, response in OPERATIONS[name]["responses"].items():
        if status >= "400":
            schema = response["content"]["application/json"]["schema"]
            assert schema["$ref"].rpartition("/")[2] in envelopes
            code = response["description"].split(":")[0].replace("_", "")
            assert code.isupper() != path.startswith(PREFIXES)  # those have sentences, no codes


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_what_it_does_and_what_it_needs(name: str) -> None:
    assert OPERATIONS[name]["description"].strip()
    assert OPERATIONS[name]["security"]

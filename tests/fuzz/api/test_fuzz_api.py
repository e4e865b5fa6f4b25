"""Whatever is sent: no server error, and answers as the API's own description has them."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import build_app
from deltaci.identity.roles import Role
from deltaci.settings import Settings
from deltaci.wire.runner import LEASE_HEADER

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
RUNNERS = "/api/v1/internal/"
SIGNED = {"X-Gitlab-Event": "Push Hook", "X-Gitlab-Token": "fuzzed-secret"}
"""Makes a delivery of anything a verified one."""
FOR_PUBLISHERS = "/v1/builds/register"
FOR_PEOPLE = {"/api/v1/internal/plans", "/api/v1/internal/failures/analyze"}
OPERATIONS = sorted(
    (path, method)
    for path, methods in build_app(Settings()).openapi()["paths"].items()
    for method in methods
)
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


def aim(target: Any, case: Case[Any], *, known: bool) -> None:
    """Let a request reach what exists, instead of being refused at the door."""
    case.headers["Authorization"] = f"Bearer {target.tokens[_role_for(case.path)]}"
    if isinstance(case.body, dict) and "wait_seconds" in case.body:
        case.body["wait_seconds"] = 0
    if known:
        _name_what_exists(target, case)


def _role_for(path: str) -> Role:
    if path == FOR_PUBLISHERS:
        return Role.CI_PUBLISHER
    return Role.RUNNER if path.startswith(RUNNERS) and path not in FOR_PEOPLE else Role.ADMIN


def _name_what_exists(target: Any, case: Case[Any]) -> None:
    known = {
        "runner_id": "fuzzer",
        "lease_id": target.lease_id,
        "repo_id": "acme/shop",
        "ref": "main",
        "service": "acme/shop",
        "version": "1.2.3",
    }
    for sent, named in (
        (case.body, known),
        (case.query, known),
        (case.path_parameters, target.named),
    ):
        if isinstance(sent, dict):
            sent.update({name: value for name, value in named.items() if name in sent})
    if LEASE_HEADER in case.headers:
        case.headers[LEASE_HEADER] = target.lease_id
    if "provider" in case.path_parameters:
        case.headers.update(SIGNED)


def attack(target: Any, path: str, method: str, examples: int) -> None:
    target.forget_settings()
    operation = target.schema[path][method.upper()]
    strategy = st.sampled_from(MODES).flatmap(
        lambda mode: operation.as_strategy(generation_mode=mode)
    )

    @given(case=strategy, known=st.booleans())
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def once(case: Case[Any], known: bool) -> None:
        aim(target, case, known=known)
        case.validate_response(case.call(), checks=CHECKS)

    once()


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_the_api_keeps_its_description(target: Any, path: str, method: str) -> None:
    attack(target, path, method, examples=5)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_the_api_keeps_its_description_for_long(strict_target: Any, path: str, method: str) -> None:
    attack(strict_target, path, method, examples=300)

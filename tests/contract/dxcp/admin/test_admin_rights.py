"""Spec §2.5: who may do what under `/v1`, as one table."""

import re
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from deltaci.governance.roles import CONTRACT_ROLES
from deltaci.identity.roles import Role
from deltaci.testing.replicas import Replicas

ANY = frozenset(CONTRACT_ROLES)
"""Every role but a runner's."""
ADMIN = frozenset({Role.ADMIN})
DELIVERY = ADMIN | {Role.DELIVERY_OWNER}
SYSTEM = "/v1/admin/system"
BINDINGS = "/v1/admin/delivery-groups/{group_id}/environments"
ROUTES = "/v1/admin/services/{service:path}/environments"

MAY = {
    "POST /v1/builds/register": ANY,  # and then a publisher has to admit the caller
    "GET /v1/builds": ANY,
    "GET /v1/builds/{build_id}": ANY,
    "GET /v1/builds/{build_id}/provenance": ANY,
    "GET /v1/services": ANY,
    "POST /v1/services": ADMIN | {Role.DELIVERY_OWNER},
    "GET /v1/services/{service:path}/versions": ANY,
    "GET /v1/whoami": ANY,
    "GET /v1/settings/public": ANY,
    "GET /v1/ui/policy/ui-exposure": ANY,
    "GET /v1/settings/admin": ADMIN,
    "GET /v1/audit/events": ADMIN,
    f"GET {SYSTEM}/ci-publishers": ADMIN,
    f"PUT {SYSTEM}/ci-publishers": ADMIN,
    f"POST {SYSTEM}/ci-publishers/test": ADMIN,
    f"GET {SYSTEM}/rate-limits": ADMIN,
    f"PUT {SYSTEM}/rate-limits": ADMIN,
    f"GET {SYSTEM}/mutations-disabled": ADMIN,
    f"PUT {SYSTEM}/mutations-disabled": ADMIN,
    f"PATCH {SYSTEM}/mutations-disabled": ADMIN,
    f"GET {SYSTEM}/ui-exposure-policy": ADMIN,
    f"PUT {SYSTEM}/ui-exposure-policy": ADMIN,
    "GET /v1/environments": ANY,
    "POST /v1/environments": ADMIN,
    "GET /v1/environments/{environment_id}": ANY,
    "PATCH /v1/environments/{environment_id}": ADMIN,
    "DELETE /v1/environments/{environment_id}": ADMIN,
    "GET /v1/delivery-groups": ANY,
    "POST /v1/delivery-groups": ADMIN,
    "GET /v1/delivery-groups/{group_id}": ANY,
    "PUT /v1/delivery-groups/{group_id}": ADMIN,
    f"GET {BINDINGS}": ADMIN,
    f"PUT {BINDINGS}/{{environment_id}}": ADMIN,
    f"PATCH {BINDINGS}/{{environment_id}}": ADMIN,
    f"DELETE {BINDINGS}/{{environment_id}}": ADMIN,
    "POST /v1/admin/guardrails/validate": ADMIN,
    "GET /v1/recipes": ANY,
    "POST /v1/recipes": ADMIN,
    "GET /v1/recipes/{recipe_id}": ANY,
    "PUT /v1/recipes/{recipe_id}": ADMIN,
    "GET /v1/recipes/{recipe_id}/revisions": ADMIN,
    "DELETE /v1/admin/recipes/{recipe_id}": ADMIN,
    f"GET {ROUTES}": ADMIN,
    f"PUT {ROUTES}/{{environment_id}}": ADMIN,
    f"PATCH {ROUTES}/{{environment_id}}": ADMIN,
    f"DELETE {ROUTES}/{{environment_id}}": ADMIN,
    "GET /v1/catalog": ADMIN,
    "PUT /v1/catalog": ADMIN,
    "POST /v1/catalog/compare": ADMIN,
    "GET /v1/deployments": ANY,  # of one's own groups
    "POST /v1/deployments": DELIVERY,
    "POST /v1/deployments/validate": DELIVERY,
    "GET /v1/deployments/{deployment_id}": ANY,
    "GET /v1/deployments/{deployment_id}/approvals": ANY,
    "POST /v1/deployments/{deployment_id}/approvals": ANY,  # in a role that the guardrails name
    "POST /v1/deployments/{deployment_id}/cancel": DELIVERY,
    "GET /v1/deployments/{deployment_id}/failures": ANY,
    "GET /v1/deployments/{deployment_id}/proof": ANY,
    "POST /v1/deployments/{deployment_id}/rollback": DELIVERY,
    "GET /v1/deployments/{deployment_id}/timeline": ANY,
    "POST /v1/promotions": DELIVERY,
    "POST /v1/promotions/validate": DELIVERY,
    "POST /v1/policy/summary": DELIVERY,
    "GET /v1/insights/failures": ANY,
    "GET /v1/services/{service:path}/allowed-actions": ANY,
    "GET /v1/services/{service:path}/delivery-status": ANY,
    "GET /v1/services/{service:path}/running": ANY,
    "POST /v1/services/{service:path}/release-pin": DELIVERY,
}
"""Who may do what: the whole table, so that a new route has to be added here."""

NOBODYS = {"GET /v1/health", "POST /v1/deployments/{deployment_id}/callback"}
"""Health is everybody's; a callback counts by its signature, whoever sends it."""

PARAMETER = re.compile(r"\{[^}]+\}")
NAMES = ("service", "version", "artifactRef", "git_sha", "git_branch", "ci_provider")
BUILD = dict.fromkeys((*NAMES, "ci_run_id", "built_at"), "x")
"""A registration's faults are told to anybody, so it has none here."""

ROLE_REFUSALS = {
    **dict.fromkeys({Role.RUNNER, Role.TRACKER}, "AUTHZ_ROLE_REQUIRED"),
    **dict.fromkeys(CONTRACT_ROLES, "ROLE_FORBIDDEN"),
}


def routes_of(app: Any) -> set[str]:
    return {
        f"{method} {route.path}"
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute) and str(route.path).startswith("/v1/")
        for method in route.methods or ()
    }


def test_the_table_of_rights_is_complete(replicas: Replicas) -> None:
    assert routes_of(replicas.first.app) == set(MAY) | NOBODYS


@pytest.mark.parametrize("route", MAY)
async def test_a_role_may_do_what_the_table_says_and_nothing_else(
    replicas: Replicas, route: str
) -> None:
    method, path = PARAMETER.sub("x", route).split()

    admitted = set()
    for role in Role:
        answer = await replicas.caller(role).request(method, path, json=BUILD)
        if answer.status_code == 403 and answer.json()["code"] in ROLE_REFUSALS.values():
            assert answer.json()["code"] == ROLE_REFUSALS[role]
        else:
            assert answer.status_code != 401
            admitted.add(role)

    assert admitted == MAY[route]


@pytest.mark.parametrize("route", MAY)
async def test_nobody_gets_anywhere_without_a_token(replicas: Replicas, route: str) -> None:
    method, path = PARAMETER.sub("x", route).split()

    answer = await replicas.caller().request(method, path, json=BUILD)

    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
    assert answer.headers["WWW-Authenticate"] == "Bearer"

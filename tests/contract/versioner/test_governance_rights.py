"""Spec §3.4: who may do what with rules, sign-offs and deployment requests, as one table."""

from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from deltaci.identity.roles import Role
from deltaci.testing.tracker import Tracker

EVERYBODY = set(Role) - {Role.RUNNER}
RULERS = {Role.ADMIN, Role.RELEASE_MANAGER, Role.DELIVERY_OWNER, Role.SRE}
WRITERS = RULERS | {Role.PRODUCT, Role.DEVELOPER}
SIGNERS = WRITERS | {Role.QA, Role.SECURITY, Role.COMPLIANCE}

ONE = "/deployment-requests/{request_id}"
SLOT, STEP = f"{ONE}/slots/{{slot_id}}", f"{ONE}/steps/{{step_id}}"
MAY = {
    "GET /deployment-rules/": EVERYBODY,
    "POST /deployment-rules/": RULERS,
    "GET /deployment-rules/violations": EVERYBODY,
    "GET /deployment-rules/{rule_id}": EVERYBODY,
    "PATCH /deployment-rules/{rule_id}": RULERS,
    "DELETE /deployment-rules/{rule_id}": RULERS,
    "POST /deployment-events/preflight": EVERYBODY,
    "POST /versions/{version_id}/approvals": SIGNERS,
    "GET /versions/{version_id}/approvals": EVERYBODY,
    "POST /deployment-requests/": WRITERS,
    "GET /deployment-requests/": EVERYBODY,
    f"GET {ONE}": EVERYBODY,
    f"GET {ONE}/progress": EVERYBODY,
    f"PATCH {ONE}": WRITERS,
    f"POST {ONE}/items": WRITERS,
    f"DELETE {ONE}/items/{{product:path}}": WRITERS,
    f"POST {ONE}/slots": WRITERS,
    f"DELETE {SLOT}": WRITERS,
    f"POST {ONE}/steps": WRITERS,
    f"DELETE {STEP}": WRITERS,
    f"POST {STEP}/tick": WRITERS,
    f"POST {SLOT}/approve": SIGNERS,
    f"POST {SLOT}/reject": SIGNERS,
    f"POST {ONE}/activate": WRITERS,
    f"POST {ONE}/revert": WRITERS,
    f"POST {ONE}/complete": WRITERS,
    f"POST {ONE}/cancel": WRITERS,
    "GET /request-templates/": EVERYBODY,
    "POST /request-templates/": RULERS,
    "GET /request-templates/{template_id}": EVERYBODY,
    "DELETE /request-templates/{template_id}": RULERS,
}
NOUNS = ("/deployment-rules", "/deployment-requests", "/request-templates")
ELSEWHERE = ("/preflight", "/approvals")


def test_the_table_of_rights_is_complete(tracker: Tracker) -> None:
    app: Any = tracker.served.app
    ours = {
        f"{method} {route.path}"
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
        and (str(route.path).startswith(NOUNS) or str(route.path).endswith(ELSEWHERE))
        and not str(route.path).startswith("/v1/")
        for method in route.methods or ()
    }

    assert ours == set(MAY)


@pytest.mark.parametrize("route", MAY)
async def test_a_role_may_do_what_the_table_says_and_nothing_else(
    tracker: Tracker, route: str
) -> None:
    method, path = route.replace(":path", "").split()
    for name in ("rule", "version", "request", "slot", "step", "template"):
        path = path.replace(f"{{{name}_id}}", "none")
    path = path.replace("{product}", "none")

    admitted = set()
    for role in Role:
        answer = await tracker.served.caller(role).request(method, path)
        assert answer.status_code in {200, 403, 404, 422}
        if answer.status_code != 403:
            admitted.add(role)

    assert admitted == MAY[route]


@pytest.mark.parametrize("route", MAY)
async def test_nobody_gets_anywhere_without_a_key(tracker: Tracker, route: str) -> None:
    method, path = route.split()
    answer = await tracker.served.caller().request(method, path, content=b"{")

    assert answer.status_code == 401
    assert answer.json() == {"detail": "Invalid authentication credentials"}

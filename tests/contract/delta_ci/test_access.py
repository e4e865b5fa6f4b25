"""Seed «Authentication and Authorization»: every request is authenticated and authorised."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import select

from api.contracts.versioner import PREFIXES
from deltaci.identity.roles import APPROVER_ROLES, Role
from deltaci.identity.tokens import TokenSigner
from deltaci.settings import Settings
from deltaci.store.tables import AuditEvent
from deltaci.testing.api_calls import ServedApi

RUNNERS_OF_RUNS = {Role.DEVELOPER, Role.DELIVERY_OWNER, Role.CI_PUBLISHER, Role.ADMIN}
READERS = RUNNERS_OF_RUNS | {Role.OBSERVER} | set(APPROVER_ROLES)
OWNERS = {Role.DELIVERY_OWNER, Role.ADMIN}

MAY: dict[str, set[Role]] = {
    "POST /api/v1/runs": RUNNERS_OF_RUNS,
    "GET /api/v1/runs": READERS,
    "GET /api/v1/runs/{run_id}": READERS,
    "POST /api/v1/runs/{run_id}/cancel": RUNNERS_OF_RUNS,
    "POST /api/v1/runs/{run_id}/rerun": RUNNERS_OF_RUNS,
    "GET /api/v1/runs/{run_id}/jobs/{job}/logs": READERS,
    "GET /api/v1/artifacts/{artifact_id}": READERS,
    "POST /api/v1/repositories": OWNERS,
    "GET /api/v1/repositories": READERS,
    "GET /api/v1/repositories/{repo_id:path}": READERS,
    "GET /api/v1/webhooks/deliveries": {Role.ADMIN},
    "POST /api/v1/webhooks/deliveries/{delivery_id}/redeliver": {Role.ADMIN},
    "GET /api/v1/webhooks/secrets": OWNERS,
    "POST /api/v1/webhooks/secrets": OWNERS,
    "DELETE /api/v1/webhooks/secrets/{secret_id}": OWNERS,
    "GET /api/v1/reports": READERS,
    "GET /api/v1/runs/{run_id}/report": READERS,
    "POST /api/v1/runs/{run_id}/report": {Role.ADMIN},
    "POST /api/v1/tokens": {Role.ADMIN},
    "POST /api/v1/internal/plans": RUNNERS_OF_RUNS,
    "POST /api/v1/internal/failures/analyze": RUNNERS_OF_RUNS,
    "POST /api/v1/internal/lease": {Role.RUNNER},
    "POST /api/v1/internal/ack-lease": {Role.RUNNER},
    "POST /api/v1/internal/heartbeat": {Role.RUNNER},
    "POST /api/v1/internal/complete": {Role.RUNNER},
    "POST /api/v1/internal/cancel-ack": {Role.RUNNER},
    "POST /api/v1/internal/release": {Role.RUNNER},
    "POST /api/v1/internal/logs": {Role.RUNNER},
    "PUT /api/v1/internal/artifacts": {Role.RUNNER},
    "GET /api/v1/internal/git/info/refs": {Role.RUNNER},
    "POST /api/v1/internal/git/git-upload-pack": {Role.RUNNER},
}
"""Who may do what: the whole table, so that a new route has to be added here."""

FOR_EVERYBODY = {"GET /healthz", "GET /readyz", "GET /metrics"}
FOR_WHO_SIGNS = {"POST /api/v1/webhooks/{provider}"}
EXAMPLE = {
    "run_id": "run_0",
    "job": "build",
    "artifact_id": "1",
    "repo_id": "a/b",
    "delivery_id": "delivery_0",
    "secret_id": "1",
}


def routes(app: Any) -> Iterator[tuple[str, Dependant]]:
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute):
            for method in sorted(route.methods or ()):
                yield f"{method} {route.path}", route.dependant


def named(dependant: Dependant) -> Iterator[str]:
    yield getattr(dependant.call, "__name__", "")
    for further in dependant.dependencies:
        yield from named(further)


def test_every_route_names_who_may_use_it(api: ServedApi) -> None:
    unguarded = [
        name
        for name, dependant in routes(api.app)
        if not any(
            call in {"public", "signed"} or call.startswith("requires_")
            for call in named(dependant)
        )
    ]

    assert unguarded == []


def test_the_table_of_rights_is_complete(api: ServedApi) -> None:
    others = ("/v1/", *PREFIXES)
    ours = {name for name, _ in routes(api.app) if not name.split()[1].startswith(others)}

    assert ours == set(MAY) | FOR_EVERYBODY | FOR_WHO_SIGNS


@pytest.mark.parametrize("route", sorted(MAY))
async def test_a_role_may_do_what_the_table_says_and_nothing_else(
    api: ServedApi, route: str
) -> None:
    method, path = route.replace(":path", "").split()
    path = path.format(**EXAMPLE)

    admitted = set()
    for role in Role:
        answer = await api.caller(role).request(method, path)
        if answer.status_code != 403:
            admitted.add(role)
        else:
            assert answer.json()["error"]["code"] == "FORBIDDEN"

    assert admitted == MAY[route]


@pytest.mark.parametrize("route", sorted(MAY))
async def test_nobody_gets_anywhere_without_a_token(api: ServedApi, route: str) -> None:
    method, path = route.replace(":path", "").split()

    answer = await api.caller().request(method, path.format(**EXAMPLE))

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "UNAUTHORIZED"


@pytest.mark.parametrize("route", sorted(FOR_EVERYBODY))
async def test_health_is_for_everybody(api: ServedApi, route: str) -> None:
    method, path = route.split()

    assert (await api.caller().request(method, path)).status_code == 200


def _expired(signer: TokenSigner) -> str:
    return signer.issue("ada", [Role.ADMIN], -timedelta(minutes=5)).token


def _forged(_signer: TokenSigner) -> str:
    return TokenSigner("k" * 40).issue("ada", [Role.ADMIN], timedelta(hours=1)).token


def _cut_off(signer: TokenSigner) -> str:
    return signer.issue("ada", [Role.ADMIN], timedelta(hours=1)).token[:-4]


@pytest.mark.parametrize("make", [_expired, _forged, _cut_off, lambda _signer: "nonsense"])
async def test_a_token_that_does_not_count_is_refused_without_a_hint(
    api: ServedApi, make: Any
) -> None:
    token = make(api.signer)

    answer = await api.caller().get("/api/v1/runs", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 401
    assert token not in answer.text


async def test_a_refusal_is_on_record(api: ServedApi) -> None:
    nosy = api.caller(Role.OBSERVER, subject="nosy")

    await nosy.post("/api/v1/tokens", json={"subject": "nosy", "roles": ["admin"]})

    async with api.core.database.read() as tx:
        statement = select(AuditEvent).where(AuditEvent.actor == "nosy")
        (event,) = (await tx.scalars(statement)).all()
    assert (event.action, event.subject_id) == ("access.denied", "/api/v1/tokens")
    assert event.details == {"method": "POST", "roles": ["observer"]}


@pytest.mark.parametrize(
    "path", ["lease", "ack-lease", "heartbeat", "complete", "cancel-ack", "release"]
)
async def test_a_runner_speaks_for_nobody_else(api: ServedApi, path: str) -> None:
    impostor = api.caller(Role.RUNNER, subject="impostor")

    answer = await impostor.post(
        f"/api/v1/internal/{path}",
        json={"runner_id": "victim", "lease_id": "l", "job_id": "j", "status": "SUCCEEDED"},
    )

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "FORBIDDEN"


async def test_an_issued_token_works_and_its_issue_is_on_record(api: ServedApi) -> None:
    issued = await api.caller(Role.ADMIN, subject="root").post(
        "/api/v1/tokens", json={"subject": "new-hire", "roles": ["observer"], "ttl_minutes": 5}
    )

    token = issued.json()["token"]
    answer = await api.caller().get("/api/v1/runs", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 200
    async with api.core.database.read() as tx:
        statement = select(AuditEvent).where(AuditEvent.subject_id == "new-hire")
        (event,) = (await tx.scalars(statement)).all()
    assert (event.actor, event.action) == ("root", "token.issued")
    assert token not in str(event.details)


def test_the_signing_key_is_not_shown() -> None:
    settings = Settings(signing_key="k" * 40)

    assert "k" * 40 not in repr(settings)

"""Every route says, by one of the names in `api/auth.py`, who may call it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from api import auth
from api.app import build_app
from deltaci.identity.principal import Principal
from deltaci.identity.roles import Role
from deltaci.settings import Settings

PUBLIC = {"GET /healthz", "GET /readyz", "GET /metrics", "GET /v1/health"}
SIGNED = {"POST /api/v1/webhooks/{provider}"}
PAGES_OF_THE_FRAMEWORK = {"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"}
RUNNER_PROTOCOL = {
    *("lease", "ack-lease", "heartbeat", "complete", "cancel-ack", "release"),
    *("logs", "artifacts"),
    *("refs", "git-upload-pack"),
}

Requirements = dict[str, list[str]]


def requirements_of(app: FastAPI) -> Requirements:
    """Each of our routes, with what it requires, found anywhere among its dependencies."""
    return {
        f"{min(context.methods or {'ANY'})} {context.path}": sorted(_named(context.dependant))
        for context in iter_route_contexts(app.routes)
        if isinstance(context.original_route, APIRoute)
    }


def _named(dependant: Dependant) -> Iterator[str]:
    for child in dependant.dependencies:
        name = getattr(child.call, "__name__", "")
        if child.call in {auth.public, auth.signed} or name.startswith("requires_"):
            yield name
        yield from _named(child)


def undeclared(requirements: Requirements) -> list[str]:
    return [route for route, names in requirements.items() if len(names) != 1]


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return build_app(Settings(data_dir=tmp_path))


def test_every_route_names_one_requirement(app: FastAPI) -> None:
    assert undeclared(requirements_of(app)) == []


def test_only_health_and_metrics_are_public(app: FastAPI) -> None:
    public = {route for route, names in requirements_of(app).items() if names == ["public"]}

    assert public == PUBLIC


def test_only_webhooks_are_opened_by_a_signature(app: FastAPI) -> None:
    signed = {route for route, names in requirements_of(app).items() if names == ["signed"]}

    assert signed == SIGNED


def test_only_runners_call_the_runner_protocol(app: FastAPI) -> None:
    called = {
        route.rpartition("/")[2]
        for route, names in requirements_of(app).items()
        if names == ["requires_runner"]
    }

    assert called == RUNNER_PROTOCOL


def test_nothing_else_is_mounted(app: FastAPI) -> None:
    others = {
        context.path
        for context in iter_route_contexts(app.routes)
        if not isinstance(context.original_route, APIRoute)
    }

    assert others == PAGES_OF_THE_FRAMEWORK


def test_a_route_without_a_requirement_is_found() -> None:
    app = FastAPI()

    @app.get("/nobody-asked")
    async def forgotten() -> None: ...

    @app.get("/twice")
    async def doubtful(
        _reader: auth.CanRead,
        _admin: Annotated[Principal, Depends(auth.require(Role.ADMIN))],
    ) -> None: ...

    @app.get("/fine")
    async def fine(_reader: auth.CanRead) -> None: ...

    assert undeclared(requirements_of(app)) == ["GET /nobody-asked", "GET /twice"]

"""Compose the HTTP application: one process of any number, all alike."""

import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI

from api.errors import install_error_handlers
from api.limits import BodyLimit
from api.routers import health, internal, repositories, runner, runs, tokens
from api.state import ApiState
from deltaci import __version__
from deltaci.bootstrap import build_commits, build_core
from deltaci.effects.deliver import Deliverer
from deltaci.effects.relay import EffectRelay
from deltaci.identity.tokens import TokenSigner
from deltaci.jobs.wait import LeaseDesk
from deltaci.settings import Settings
from deltaci.store.wakeups import Wakeups
from deltaci.telemetry import configure_logs
from workflows.connection import connect
from workflows.gateway import Gateway

DESCRIPTION = """Delta CI takes a change from push to production.

Errors of `/api/v1` have one shape: `{"error": {"code", "message", "details"}}`.
"""


def create_app() -> FastAPI:
    """Return the application; settings come from `DELTA_CI_…` variables."""
    configure_logs("api")
    return build_app(Settings())


def build_app(settings: Settings) -> FastAPI:
    """Return the application for these settings."""
    app = FastAPI(
        title="Delta CI",
        version=__version__,
        description=DESCRIPTION,
        lifespan=_lifespan(settings),
        redirect_slashes=False,
    )
    install_error_handlers(app)
    app.add_middleware(BodyLimit, limit_of=_body_limits(settings))
    for module in (runs, repositories, tokens, internal, runner, health):
        app.include_router(module.router)
    return app


def _body_limits(settings: Settings) -> Callable[[str], int]:
    larger = {
        "/api/v1/internal/logs": settings.log_chunk_max_bytes,
        "/api/v1/internal/artifacts": settings.artifact_chunk_max_bytes,
    }
    return lambda path: larger.get(path, settings.request_max_bytes)


def _lifespan(settings: Settings) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        core = build_core(settings)
        client = await connect(
            settings, identity=f"api-{socket.gethostname()}-{os.getpid()}", lazy=True
        )
        gateway = Gateway(client, settings.temporal_task_queue)
        relay = EffectRelay(core, Deliverer(core, gateway).deliver)
        core.database.on_effects = relay.send_now
        signer = TokenSigner.load(settings.signing_key.get_secret_value(), settings.data_dir)
        wakeups = Wakeups(core.database)
        app.state.parts = ApiState(
            core, signer, build_commits(settings), LeaseDesk(core, wakeups), gateway
        )
        async with wakeups.listening():
            yield
        await relay.drain()
        await core.database.close()

    return lifespan

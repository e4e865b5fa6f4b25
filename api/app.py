"""Compose the HTTP application: one process of any number, all alike."""

import logging
from itertools import zip_longest

from fastapi import FastAPI

from api.access import Access
from api.contracts.contract import Contracts
from api.contracts.delta_ci import delta_ci
from api.contracts.dxcp import dxcp
from api.contracts.versioner import versioner
from api.failures import install_failure_handlers
from api.lifespan import lifespan
from api.limits import BodyLimit
from api.openapi import describe
from api.spelling import Spelling
from deltaci import __version__
from deltaci.load_settings import load_settings
from deltaci.settings import Settings
from deltaci.telemetry import configure_logs

DESCRIPTION = """Delta CI takes a change from push to production.

Errors of `/api/v1` have one shape, `{"error": {"code", "message", "details"}}`, those of `/v1`
another, `{"code", "error_code", "failure_cause", "message", "request_id"}`, and those of event
tracking, from `/build-events/` to `/matrix/`, a third, `{"detail"}`. Every answer names its
request in `X-Request-Id`; send one of your own to find it in the server's log.
"""


def create_app() -> FastAPI:
    """Return the application; settings come from `DELTA_CI_…` variables."""
    configure_logs("api")
    # Ours tells the same without query strings.
    logging.getLogger("uvicorn.access").disabled = True
    return build_app(load_settings())


def build_app(settings: Settings) -> FastAPI:
    """Return the application for these settings."""
    return compose(settings, Contracts(delta_ci(settings), dxcp(settings), versioner(settings)))


def compose(settings: Settings, contracts: Contracts) -> FastAPI:
    """Serve these contracts side by side, each with its own answers."""
    app = FastAPI(
        title="Delta CI",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan(settings),
        redirect_slashes=False,
    )
    # Requests are matched in this order: each contract names first what machines call most.
    for routers in zip_longest(*(contract.routers for contract in contracts)):
        for router in filter(None, routers):
            app.include_router(router)
    install_failure_handlers(app, contracts)
    app.add_middleware(BodyLimit, contracts=contracts)
    app.add_middleware(Access, contracts=contracts)
    app.add_middleware(Spelling, contracts=contracts)
    describe(app, contracts)
    return app

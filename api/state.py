"""What the API's routes are built with, made once in the application's lifespan."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from api.metrics import MetricsPage
from api.refusals import Refusals
from deltaci.api_keys.recognize import KeyRing
from deltaci.builds.inspect import Inspector
from deltaci.core import Core
from deltaci.identity.authenticator import Authenticator
from deltaci.identity.tokens import TokenSigner
from deltaci.jobs.wait import LeaseDesk
from deltaci.jobs.watch import LeaseWatch
from deltaci.senders.port import Senders
from deltaci.tracking.desk import Desk as EventDesk
from deltaci.vcs.commits import MirrorSource
from deltaci.vcs.port import Forges
from deltaci.webhooks.receive import Reception
from workflows.gateway import Gateway


@dataclass(frozen=True, slots=True)
class ApiState:
    """The parts that routes ask for."""

    core: Core
    signer: TokenSigner
    authenticator: Authenticator
    commits: MirrorSource
    inspector: Inspector | None
    desk: LeaseDesk
    watch: LeaseWatch
    gateway: Gateway
    metrics: MetricsPage
    refusals: Refusals
    forges: Forges
    reception: Reception
    stopping: asyncio.Event
    senders: Senders
    key_ring: KeyRing
    events: EventDesk


def state_of(request: Request) -> ApiState:
    """Return the parts of the application that serves this request."""
    return cast("ApiState", request.app.state.parts)


async def _parts(request: Request) -> ApiState:
    """Asynchronous, as all dependencies: the framework would run others in a thread each."""
    return state_of(request)


async def _core(request: Request) -> Core:
    return state_of(request).core


Parts = Annotated[ApiState, Depends(_parts)]
TheCore = Annotated[Core, Depends(_core)]

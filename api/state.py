"""What the API's routes are built with, made once in the application's lifespan."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from api.metrics import MetricsPage
from api.refusals import Refusals
from deltaci.core import Core
from deltaci.identity.tokens import TokenSigner
from deltaci.jobs.wait import LeaseDesk
from deltaci.jobs.watch import LeaseWatch
from deltaci.runs.ports import CommitSource
from workflows.gateway import Gateway


@dataclass(frozen=True, slots=True)
class ApiState:
    """The parts that routes ask for."""

    core: Core
    signer: TokenSigner
    commits: CommitSource
    desk: LeaseDesk
    watch: LeaseWatch
    gateway: Gateway
    metrics: MetricsPage
    refusals: Refusals


def _state(request: Request) -> ApiState:
    return cast("ApiState", request.app.state.parts)


def _core(request: Request) -> Core:
    return _state(request).core


Parts = Annotated[ApiState, Depends(_state)]
TheCore = Annotated[Core, Depends(_core)]

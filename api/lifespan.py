"""What one API process builds when it starts, and gives back when it stops."""

import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI

from api.hang_up import noticing_stop
from api.metrics import MetricsPage
from api.refusals import Refusals
from api.state import ApiState
from deltaci.api_keys.recognize import KeyRing
from deltaci.bootstrap import (
    build_commits,
    build_core,
    build_forges,
    build_inspector,
    build_senders,
)
from deltaci.effects.deliver import Deliverer
from deltaci.effects.relay import EffectRelay
from deltaci.identity.authenticator import Authenticator
from deltaci.identity.tokens import TokenSigner
from deltaci.jobs.wait import LeaseDesk
from deltaci.jobs.watch import LeaseWatch
from deltaci.repositories.credentials import forge_credentials
from deltaci.settings import Settings
from deltaci.store.wakeups import Wakeups
from deltaci.tracking.desk import Desk as EventDesk
from deltaci.webhooks.receive import Reception
from workflows.connection import connect
from workflows.gateway import Gateway


def lifespan(settings: Settings) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return the application's lifespan for these settings."""

    @asynccontextmanager
    async def serve(app: FastAPI) -> AsyncIterator[None]:
        core = build_core(settings)
        client = await connect(
            settings, identity=f"api-{socket.gethostname()}-{os.getpid()}", lazy=True
        )
        gateway = Gateway(client, settings.temporal_task_queue)
        inspector = build_inspector(settings, gateway)
        relay = EffectRelay(core, Deliverer(core, gateway, inspector).deliver)
        core.database.on_effects = relay.send_now
        signer = TokenSigner.load(settings.signing_key.get_secret_value(), settings.data_dir)
        authenticator = Authenticator(signer, settings.oidc)
        wakeups = Wakeups(core.database)
        forges, senders = build_forges(settings), build_senders(settings)
        with noticing_stop() as stopping:
            parts = ApiState(
                core=core,
                signer=signer,
                authenticator=authenticator,
                commits=build_commits(settings, forge_credentials(core, forges)),
                inspector=inspector,
                desk=LeaseDesk(core, wakeups),
                watch=LeaseWatch(core, wakeups),
                gateway=gateway,
                metrics=MetricsPage(core),
                refusals=Refusals(core),
                forges=forges,
                reception=Reception(core, forges),
                stopping=stopping,
                senders=senders,
                key_ring=KeyRing(core),
                events=EventDesk(core),
            )
            app.state.parts = parts
            async with wakeups.listening(), parts.watch.watching(), parts.refusals.recording():
                yield
        await relay.drain()
        await authenticator.close()
        for forge in forges.values():
            await forge.close()
        for sender in senders.values():
            await sender.close()
        await core.database.close()

    return serve

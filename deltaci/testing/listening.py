"""Serving an application of a test on a port, for programs that only know HTTP."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from deltaci.testing.api_calls import Application


@asynccontextmanager
async def listening(app: Application) -> AsyncIterator[str]:
    """Serve an application whose lifespan somebody else runs; returns its address."""
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving_it = asyncio.create_task(server.serve([listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving_it

"""The floor of accepting a webhook: bare FastAPI, one signature, one insert, one commit."""

import hashlib
import hmac
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, Request, Response

DATABASE = os.environ["BARE_DATABASE"]
SECRET = os.environ["BARE_SECRET"].encode()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with aiosqlite.connect(DATABASE, isolation_level=None) as connection:
        await connection.execute("PRAGMA journal_mode=WAL")
        await connection.execute("PRAGMA synchronous=NORMAL")
        await connection.execute("CREATE TABLE deliveries (id TEXT PRIMARY KEY, body BLOB)")
        app.state.connection = connection
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/hook")
async def hook(request: Request) -> Response:
    body = await request.body()
    signature = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(signature, request.headers.get("x-gitea-signature", "")):
        return Response(status_code=401)
    row = (request.headers["x-gitea-delivery"], body)
    try:
        await app.state.connection.execute("INSERT INTO deliveries VALUES (?, ?)", row)
    except sqlite3.IntegrityError:
        return Response(status_code=202)
    return Response(status_code=201)

"""Each contract answers in its own shape on its own paths, the framework's failures included."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from dirty_equals import IsPartialDict
from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from api.app import compose
from api.contracts.contract import Contract, Contracts
from api.contracts.delta_ci import delta_ci
from deltaci.errors import DeltaError, PayloadTooLargeError, UnauthorizedError, UnavailableError
from deltaci.settings import Settings

SMALL_BODY = 100


class Thing(BaseModel):
    name: str


router = APIRouter(prefix="/v1/things")


@router.post("")
async def make(thing: Thing) -> Thing:
    raised: dict[str, Exception] = {
        "forbidden": UnauthorizedError(),
        "away": UnavailableError("away"),
        "broken": RuntimeError("password=hunter2"),
    }
    if thing.name in raised:
        raise raised[thing.name]
    return thing


def refuse(error: Exception) -> JSONResponse:
    """Another envelope with other statuses, as the next contract may have."""
    statuses: dict[type[Exception], int] = {
        PayloadTooLargeError: 413,
        UnauthorizedError: 401,
        UnavailableError: 503,
        RequestValidationError: 422,
    }
    status = statuses.get(type(error), getattr(error, "status_code", 500))
    kind = DeltaError if isinstance(error, DeltaError) else type(error)
    return JSONResponse({"detail": kind.__name__}, status_code=status)


@pytest.fixture(scope="module")
async def client(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[httpx2.AsyncClient]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("contracts"))
    other = Contract("Other", ("/v1", "/things"), [router], refuse, SMALL_BODY)
    app = compose(settings, Contracts(delta_ci(settings), other))
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "named"),
    [
        ("GET", "/v1", None, 404, HTTPException),
        ("GET", "/v1/nothing", None, 404, HTTPException),
        ("GET", "/things/nothing", None, 404, HTTPException),
        ("GET", "/v1/things", None, 405, HTTPException),
        ("POST", "/v1/things", {"name": 1}, 422, RequestValidationError),
        ("POST", "/v1/things", {"name": "x" * SMALL_BODY}, 413, DeltaError),
        ("POST", "/v1/things", {"name": "forbidden"}, 401, DeltaError),
        ("POST", "/v1/things", {"name": "away"}, 503, DeltaError),
        ("POST", "/v1/things", {"name": "broken"}, 500, RuntimeError),
    ],
)
async def test_a_contract_refuses_in_its_own_shape(
    client: httpx2.AsyncClient, method: str, path: str, body: Any, status: int, named: type
) -> None:
    answer = await client.request(method, path, json=body)

    assert (answer.status_code, answer.json()) == (status, {"detail": named.__name__})


@pytest.mark.parametrize("path", ["/nothing", "/v10/things", "/v1x", "/thing", "/api/v1/nothing"])
async def test_what_nobody_owns_is_answered_by_the_first(
    client: httpx2.AsyncClient, path: str
) -> None:
    answer = await client.get(path)

    assert answer.status_code == 404
    assert answer.json() == {"error": IsPartialDict(code="NOT_FOUND")}


async def test_a_limit_is_its_contracts_own(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/v1/runs", json={"name": "x" * SMALL_BODY})

    assert answer.status_code != 413


async def test_one_document_lists_all_of_them(client: httpx2.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()

    assert {"/api/v1/runs", "/v1/things"} <= set(document["paths"])
    assert "422" in document["paths"]["/v1/things"]["post"]["responses"]
    assert "422" not in document["paths"]["/api/v1/runs"]["post"]["responses"]

import json
from typing import Any

import pytest

from deltaci.testing.ci_job import register_build
from deltaci.testing.commands import Ran
from deltaci.testing.scripted_api import ScriptedApi

WHOAMI, REGISTER = "GET /v1/whoami", "POST /v1/builds/register"
MINT, ID_TOKEN = "POST /oauth/token", "GET /id-token"
AUDIENCE, SECRET, TOKEN, REQUEST_TOKEN = "https://dxcp", "s3cret-s3cret", "minted", "may-ask"
NEEDED = (
    "DXCP_API_BASE",
    "GOV_AUTH0_DOMAIN",
    "GOV_AUTH0_AUDIENCE",
    "GOV_CI_CLIENT_ID",
    "GOV_CI_CLIENT_SECRET",
)


@pytest.fixture
def credentials(api: ScriptedApi) -> dict[str, str]:
    """An issuer and an API on the same address, and a client of both."""
    api.answer(MINT, {"access_token": TOKEN})
    api.answer(WHOAMI, seen_by(api))
    api.answer(REGISTER, {"ci_publisher": "github"}, status=201)
    values = (f"{api.url}/", f"{api.url}/", AUDIENCE, "client-1", SECRET)
    return dict(zip(NEEDED, values, strict=True))


@pytest.fixture
def github(api: ScriptedApi, credentials: dict[str, str]) -> dict[str, str]:
    api.answer(ID_TOKEN, {"value": "of-github"})
    return credentials | {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{api.url}/id-token?api-version=2",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
    }


def seen_by(api: ScriptedApi, **other: Any) -> dict[str, Any]:
    seen = {"iss": f"{api.url}/", "aud": [AUDIENCE], "azp": "client-1", "sub": "client-1@clients"}
    return seen | other


def bearers(api: ScriptedApi) -> list[str]:
    return [
        each.headers["authorization"].removeprefix("Bearer ")
        for each in api.requests
        if each.path.startswith("/v1/")
    ]


def shows_no_secret(ran: Ran) -> bool:
    return not any(each in ran.out + ran.err for each in (SECRET, TOKEN, REQUEST_TOKEN))


async def test_client_credentials_buy_a_token(
    api: ScriptedApi, credentials: dict[str, str]
) -> None:
    ran = await register_build(environment=credentials)

    assert ran.code == 0, ran.err
    (asked,) = api.received(MINT)
    assert json.loads(asked.body) == {
        "grant_type": "client_credentials",
        "audience": AUDIENCE,
        "client_id": "client-1",
        "client_secret": SECRET,
    }
    assert bearers(api) == [TOKEN, TOKEN]
    assert shows_no_secret(ran)


@pytest.mark.parametrize("number", range(len(NEEDED)))
async def test_the_first_missing_variable_is_named(
    api: ScriptedApi, credentials: dict[str, str], number: int
) -> None:
    kept = {name: credentials[name] for name in NEEDED[:number]}

    ran = await register_build(environment=kept)

    assert (ran.code, ran.err) == (1, f"ERROR: Missing required env var: {NEEDED[number]}\n")
    assert api.requests == []


async def test_every_claim_that_differs_is_named_and_nothing_registered(
    api: ScriptedApi, credentials: dict[str, str]
) -> None:
    async with ScriptedApi() as other:
        other.answer(WHOAMI, {"iss": "x", "aud": "y", "azp": None, "sub": "z"})
        ran = await register_build(environment=credentials | {"DXCP_API_BASE": other.url})

        assert ran.code == 1
        assert all(f"{claim} mismatch" in ran.err for claim in ("iss", "aud", "azp", "sub"))
        assert other.received(REGISTER) == []

        other.answer(REGISTER, {"ci_publisher": "p"})
        environment = credentials | {"DXCP_API_BASE": other.url}
        skipped = await register_build("--skip-whoami-assert", environment=environment)

    assert skipped.code == 0
    assert len(other.received(WHOAMI)) == 2


@pytest.mark.parametrize(
    "seen",
    [{"aud": AUDIENCE}, {"sub": "auth0|client-1@clients"}, {"aud": ["other", AUDIENCE]}],
)
async def test_claims_hold_in_every_form_that_issuers_use(
    api: ScriptedApi, credentials: dict[str, str], seen: dict[str, Any]
) -> None:
    async with ScriptedApi() as other:
        other.answer(WHOAMI, seen_by(api, **seen))
        other.answer(REGISTER, {"ci_publisher": "p"})

        ran = await register_build(environment=credentials | {"DXCP_API_BASE": other.url})

    assert ran.code == 0, ran.err


async def test_a_job_on_github_needs_no_stored_secret(
    api: ScriptedApi, github: dict[str, str]
) -> None:
    del github["GOV_CI_CLIENT_SECRET"]

    ran = await register_build(environment=github)

    assert ran.code == 0, ran.err
    (asked,) = api.received(ID_TOKEN)
    assert asked.query == {"api-version": "2", "audience": AUDIENCE}
    assert asked.headers["authorization"] == f"Bearer {REQUEST_TOKEN}"
    assert bearers(api) == ["of-github"] * 2
    assert shows_no_secret(ran)


async def test_a_token_of_the_environment_comes_first_and_may_have_any_name(
    api: ScriptedApi, github: dict[str, str]
) -> None:
    both = github | {"DXCP_TOKEN": "given", "DXCP_ID_TOKEN": "of-gitlab"}

    first = await register_build(environment=both)
    named = await register_build("--token-variable", "DXCP_ID_TOKEN", environment=both)
    empty = await register_build("--token-variable", "NOT_SET", environment=both)

    assert (first.code, named.code) == (0, 0)
    assert bearers(api) == ["given", "given", "of-gitlab", "of-gitlab"]
    assert empty.err == "ERROR: Missing required env var: NOT_SET\n"


@pytest.mark.parametrize(
    ("auth", "token"), [("credentials", TOKEN), ("github", "of-github"), ("token", "given")]
)
async def test_a_credential_can_be_chosen(
    api: ScriptedApi, github: dict[str, str], auth: str, token: str
) -> None:
    ran = await register_build("--auth", auth, environment=github | {"DXCP_TOKEN": "given"})

    assert ran.code == 0, ran.err
    assert bearers(api) == [token] * 2


@pytest.mark.parametrize(
    "answer",
    [{"error": "access_denied", "you_sent": SECRET}, {"access_token": ""}, SECRET.encode()],
)
@pytest.mark.parametrize("status", [200, 401])
async def test_what_the_token_endpoint_says_is_not_repeated(
    credentials: dict[str, str], answer: Any, status: int
) -> None:
    async with ScriptedApi() as issuer:
        issuer.answer(MINT, answer, status=status)
        ran = await register_build(environment=credentials | {"GOV_AUTH0_DOMAIN": issuer.url})

    assert ran.err == f"ERROR: the token endpoint answered {status} without a token\n"


async def test_an_api_that_repeats_what_it_was_sent_reveals_nothing(
    credentials: dict[str, str],
) -> None:
    async with ScriptedApi() as mirror:
        message = f"you are {TOKEN}\n::warning::{SECRET}\x1b[2J"
        mirror.answer(WHOAMI, {"code": "UNAUTHORIZED", "message": message}, status=401)
        ran = await register_build(environment=credentials | {"DXCP_API_BASE": mirror.url})

    assert ran.err == (
        "ERROR: GET /whoami failed: HTTP 401 UNAUTHORIZED you are *** ::warning::*** [2J\n"
    )


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("DXCP_API_BASE", "http://dxcp.example.test"),
        ("DXCP_API_BASE", "ftp://127.0.0.1"),
        ("DXCP_API_BASE", "https://user:pass@dxcp.example.test"),
        ("DXCP_API_BASE", "https://[dxcp"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "http://github.example.test"),
    ],
)
async def test_secrets_go_only_where_nobody_listens(
    api: ScriptedApi, github: dict[str, str], name: str, address: str
) -> None:
    ran = await register_build(environment=github | {name: address})

    assert ran.code == 1
    assert ran.err.startswith("ERROR: ")
    assert "pass" not in ran.err
    assert api.requests == []


async def test_http_can_be_allowed_knowingly(credentials: dict[str, str]) -> None:
    plain = credentials | {"DXCP_API_BASE": "http://dxcp.example.test"}

    ran = await register_build("--allow-http", "--dry-run", environment=plain)

    assert json.loads(ran.out)["url"] == "http://dxcp.example.test/v1/builds/register"


@pytest.mark.parametrize("token", ["two\nlines", "nöt-ascii"])
async def test_what_fits_into_no_header_is_not_sent(
    api: ScriptedApi, credentials: dict[str, str], token: str
) -> None:
    ran = await register_build(environment=credentials | {"DXCP_TOKEN": token})

    assert (ran.code, ran.err) == (1, "ERROR: the token is not a single line of ASCII\n")
    assert api.requests == []


async def test_a_redirect_is_not_followed_with_the_token(
    api: ScriptedApi, credentials: dict[str, str]
) -> None:
    async with ScriptedApi() as elsewhere:
        elsewhere.answer(WHOAMI, {}, status=302, location=f"{api.url}/v1/whoami")
        ran = await register_build(environment=credentials | {"DXCP_API_BASE": elsewhere.url})

    assert "HTTP 302" in ran.err
    assert bearers(api) == []

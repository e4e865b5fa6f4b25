import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from deltaci.testing.commands import Ran
from deltaci.testing.scripted_api import ScriptedApi

Command = Callable[..., Awaitable[Ran]]

PUBLISHERS = "/v1/admin/system/ci-publishers"
GET, PUT, TEST = f"GET {PUBLISHERS}", f"PUT {PUBLISHERS}", f"POST {PUBLISHERS}/test"
SHOP = {
    "name": "shop",
    "provider": "github",
    "issuers": ["https://issuer.test"],
    "subject_prefixes": ["repo:acme/shop:", "repo:acme/shop-2:"],
}
OURS = {"name": "ours", "provider": "custom", "issuers": ["delta-ci"], "subjects": ["ci-1"]}
ADD_OURS = ("publisher", "add", "ours", "--issuer", "delta-ci", "--subject", "ci-1")
SIGNATURE = "c2lnbmF0dXJl"


def listed(*publishers: Any, version: int = 3) -> dict[str, Any]:
    return {"publishers": list(publishers), "source": "runtime", "version": version}


def token(**claims: Any) -> str:
    parts = ({"alg": "RS256", "kid": "k"}, claims)
    coded = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode() for each in parts]
    return ".".join([*(each.rstrip("=") for each in coded), SIGNATURE])


async def test_publishers_are_listed_with_all_that_they_ask_for(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer(GET, listed(SHOP, OURS))

    ran = await delta_ci("publisher", "list")

    prefixes = "subject_prefixes=repo:acme/shop:,repo:acme/shop-2:"
    assert ran.out.splitlines() == [
        f"shop  github  issuers=https://issuer.test  {prefixes}",
        "ours  custom  issuers=delta-ci  subjects=ci-1",
    ]
    assert json.loads((await delta_ci("publisher", "list", "--json")).out) == listed(SHOP, OURS)


async def test_an_empty_list_says_what_follows_from_it(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(GET, listed())

    ran = await delta_ci("publisher", "list")

    assert (ran.code, ran.out) == (0, "")
    assert "nobody may register" in ran.err


async def test_a_publisher_is_added_to_the_list_that_was_read(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer(GET, listed(SHOP))
    api.answer(PUT, listed(SHOP, OURS, version=4))
    claims = ("--audience", "a", "--audience", "b", "--azp", "z", "--email", "e@acme.test")

    ran = await delta_ci(*ADD_OURS, *claims, "--provider", "jenkins")

    assert ran.code == 0
    (request,) = api.received(PUT)
    assert request.headers["idempotency-key"]
    more = {"audiences": ["a", "b"], "authorized_party_azp": ["z"], "emails": ["e@acme.test"]}
    added = OURS | more | {"provider": "jenkins"}
    assert json.loads(request.body) == {"publishers": [SHOP, added], "version": 3}


async def test_adding_an_equal_publisher_changes_nothing(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer(GET, listed(OURS))

    same, other = await delta_ci(*ADD_OURS), await delta_ci(*ADD_OURS, "--azp", "z")

    assert (same.code, other.code) == (0, 1)
    assert "asks for something else" in other.err
    assert api.received(PUT) == []


async def test_a_change_by_somebody_else_is_kept(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(GET, listed(version=3), listed(SHOP, version=4))
    api.refuse(PUT, 409, "INVALID_STATE", "it was changed meanwhile")
    api.answer(PUT, listed(SHOP, OURS, version=5))

    ran = await delta_ci(*ADD_OURS)

    assert ran.code == 0
    first, second = (json.loads(each.body) for each in api.received(PUT))
    assert first == {"publishers": [OURS], "version": 3}
    assert second == {"publishers": [SHOP, OURS], "version": 4}


async def test_a_list_that_never_rests_is_given_up(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(GET, listed())
    api.refuse(PUT, 409, "INVALID_STATE", "it was changed meanwhile")

    assert (await delta_ci(*ADD_OURS)).code == 4


async def test_a_refused_rule_is_told_in_the_servers_words(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer(GET, listed())
    refusal = {"code": "INVALID_REQUEST", "message": "needs subjects", "request_id": "req_1"}
    api.answer(PUT, refusal, status=400)

    ran = await delta_ci("publisher", "add", "ours", "--issuer", "delta-ci")

    assert ran.code == 4
    assert "INVALID_REQUEST" in ran.err
    assert "needs subjects" in ran.err


async def test_a_publisher_is_removed(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(GET, listed(SHOP, OURS))
    api.answer(PUT, listed(SHOP, version=4))

    ran = await delta_ci("publisher", "remove", "ours")
    unknown = await delta_ci("publisher", "remove", "nobody")

    assert ran.out.startswith("shop  github")
    (request,) = api.received(PUT)
    assert json.loads(request.body) == {"publishers": [SHOP], "version": 3}
    assert (unknown.code, "no publisher nobody" in unknown.err) == (1, True)


async def test_a_token_is_explained_without_leaving_this_machine(
    api: ScriptedApi, delta_ci: Command
) -> None:
    verdicts = [
        {"name": "ours", "matches": True, "unmet": []},
        {"name": "wide", "matches": True, "unmet": []},
        {"name": "shop", "matches": False, "unmet": ["issuers", "subject_prefixes"]},
    ]
    api.answer(TEST, {"ci_publisher": "ours", "publishers": verdicts})
    claims = {"iss": "delta-ci", "sub": "ci-1", "aud": ["delta-ci"], "azp": "z"}
    given = token(**claims, email="e", email_verified=False, jti="secret-id")

    ran = await delta_ci("publisher", "test", lines=f"{given}\n")

    assert ran.code == 0
    assert ran.out.splitlines() == [
        "ours: admits it",
        "wide: would admit it, but another asks for more",
        "shop: does not admit it, because of issuers, subject_prefixes",
    ]
    assert "not checked" in ran.err
    assert json.dumps(claims) in ran.err
    (request,) = api.requests
    assert json.loads(request.body) == claims
    assert given not in ran.out + ran.err


async def test_a_token_that_nobody_admits_is_told_by_the_exit_code(
    api: ScriptedApi, delta_ci: Command
) -> None:
    trial: dict[str, Any] = {"ci_publisher": None, "publishers": []}
    api.answer(TEST, trial)

    ran = await delta_ci("publisher", "test", lines=token(sub="s"))
    as_json = await delta_ci("publisher", "test", "--json", lines=token(sub="s"))

    assert (ran.code, ran.out) == (1, "no publisher admits this token\n")
    assert (as_json.code, json.loads(as_json.out)) == (1, trial)


@pytest.mark.parametrize(
    "text", ["secret", "secret.secret", "secret.%%%.x", "secret.c2VjcmV0.x", "secret.WzFd.x"]
)
async def test_what_is_no_token_is_not_repeated(
    api: ScriptedApi, delta_ci: Command, text: str
) -> None:
    ran = await delta_ci("publisher", "test", lines=text)

    assert ran.code == 2
    assert "secret" not in ran.err
    assert api.requests == []


async def test_services_are_added_and_listed(api: ScriptedApi, delta_ci: Command) -> None:
    shop = {
        "service_name": "shop",
        "description": "the shop",
        "allowed_artifact_sources": ["s3://a/b", "s3://c"],
        "allowed_repositories": ["acme/shop"],
        "created_at": "t",
    }
    api.answer("POST /v1/services", shop, status=201)
    api.answer("GET /v1/services", {"services": [shop]})
    options = ("--description", "the shop", "--source", "s3://a/b", "--source", "s3://c")
    mine = ("--repository", "acme/shop")

    added = await delta_ci("service", "add", "shop", *options, *mine)
    found = await delta_ci("service", "list")

    assert added.out == found.out == "shop  the shop  s3://a/b s3://c  acme/shop\n"
    assert json.loads(api.requests[0].body) == {
        name: value for name, value in shop.items() if name != "created_at"
    }
    as_json = await delta_ci("service", "list", "--json")
    assert json.loads(as_json.out) == {"services": [shop]}

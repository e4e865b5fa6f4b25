"""Seed «Authentication and Authorization»: users by OIDC, services by short-lived credentials."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from api.app import build_app
from deltaci.clock import utc_now
from deltaci.oidc_settings import OidcSettings
from deltaci.settings import Settings
from deltaci.store.migrate import upgrade
from deltaci.store.tables import AuditEvent
from deltaci.testing.api_calls import ServedApi, serving
from deltaci.testing.oidc_issuer import FakeIssuer

GROUPS = {"platform": "admin", "engineers": "developer", "auditors": "observer"}
OURS = {"repository_owner": "acme", "repository": "acme/*"}


@pytest.fixture(scope="module")
async def people() -> AsyncIterator[FakeIssuer]:
    """The identity provider of people: its tokens name groups."""
    async with FakeIssuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
async def ci() -> AsyncIterator[FakeIssuer]:
    """A CI system whose tokens anybody can have, for whatever audience they ask for."""
    async with FakeIssuer(algorithm="ES256") as issuer:
        yield issuer


@pytest.fixture(scope="module")
async def served(
    people: FakeIssuer, ci: FakeIssuer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ServedApi]:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("oidc"),
        temporal_address="127.0.0.1:1",
        oidc=OidcSettings(
            issuers=(
                people.trusted(roles_claim="groups", roles=GROUPS, require={}, default_roles=()),
                ci.trusted(require=OURS, default_roles=["ci_publisher"]),
            )
        ),
    )
    await asyncio.to_thread(upgrade, settings.resolved_database_url)
    async with serving(build_app(settings)) as served:
        yield served


async def call(
    served: ServedApi, token: str, method: str = "GET", path: str = "/api/v1/runs"
) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    body = {"subject": "x", "roles": ["observer"]} if method == "POST" else None
    answer = await served.caller().request(method, path, headers=headers, json=body)
    assert token not in answer.text
    return answer


def complaint(answer: httpx2.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["message"]


@pytest.mark.parametrize(
    ("groups", "may_read", "may_issue"),
    [
        (["auditors"], 200, 403),
        (["engineers", "choir"], 200, 403),
        ("engineers", 200, 403),
        (["platform"], 200, 201),
        (["choir"], 403, 403),
        (["admin", "runner", "developer"], 403, 403),
        ({"platform": True}, 403, 403),
        (None, 403, 403),
    ],
)
async def test_groups_of_an_identity_provider_are_roles(
    served: ServedApi, people: FakeIssuer, groups: Any, may_read: int, may_issue: int
) -> None:
    token = people.sign(groups=groups)

    assert (await call(served, token)).status_code == may_read
    assert (await call(served, token, "POST", "/api/v1/tokens")).status_code == may_issue


async def test_who_did_it_is_on_record_with_the_issuer(
    served: ServedApi, people: FakeIssuer
) -> None:
    await call(served, people.sign(sub="grace", groups="platform"), "POST", "/api/v1/tokens")

    async with served.core.database.read() as tx:
        rows = await tx.scalars(select(AuditEvent).where(AuditEvent.actor.endswith("|grace")))
        (event,) = rows.all()
    assert (event.actor, event.action) == (f"{people.url}|grace", "token.issued")


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"repository_owner": "acme", "repository": "acme/shop"}, 200),
        ({"repository_owner": "evil", "repository": "evil/shop"}, 401),
        ({"repository_owner": "acme", "repository": "evil/shop"}, 401),
        ({"repository": "acme/shop"}, 401),
        ({"repository_owner": "acme", "repository": "acme"}, 401),
    ],
)
async def test_of_a_public_issuer_only_our_own_come_in(
    served: ServedApi, ci: FakeIssuer, claims: dict[str, Any], status: int
) -> None:
    assert (await call(served, ci.sign(**claims))).status_code == status


async def test_a_ci_system_is_no_runner_whatever_it_says(served: ServedApi, ci: FakeIssuer) -> None:
    token = ci.sign(repository_owner="acme", repository="acme/a", roles=["runner"])

    answer = await call(served, token, "POST", "/api/v1/internal/lease")

    assert complaint(answer)[:2] == (403, "FORBIDDEN")


def _past(people: FakeIssuer) -> str:
    return people.sign(exp=(utc_now() - timedelta(minutes=5)).timestamp())


def _future(people: FakeIssuer) -> str:
    return people.sign(nbf=(utc_now() + timedelta(minutes=5)).timestamp())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_past, "the access token has expired"),
        (_future, "the access token is not valid"),
        (lambda people: people.sign(aud="x"), "the access token is not valid"),
        (lambda people: people.sign(iss="https://x.test"), "the access token is not valid"),
        (lambda people: people.sign() + "AAAA", "the access token is not valid"),
        (lambda people: people.sign(padding="x" * 20_000), "the access token is not valid"),
    ],
)
async def test_a_token_that_does_not_count_is_refused_with_no_more_than_that(
    served: ServedApi, people: FakeIssuer, make: Any, message: str
) -> None:
    answer = await call(served, make(people))

    assert complaint(answer) == (401, "UNAUTHORIZED", message)


async def test_an_issuer_that_is_down_is_no_fault_of_the_caller(
    served: ServedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    async with FakeIssuer(algorithm="ES256") as fresh:
        oidc = OidcSettings(issuers=(fresh.trusted(),))
        app = build_app(served.core.settings.model_copy(update={"oidc": oidc}))
        async with serving(app) as other:
            await fresh.go_down()
            token = fresh.sign()

            answer = await call(other, token)

    assert answer.status_code == 503
    assert complaint(answer)[2].endswith("try again")
    assert fresh.url not in answer.text
    logged = capsys.readouterr().out
    assert fresh.url in logged
    assert not any(part in logged for part in token.split("."))

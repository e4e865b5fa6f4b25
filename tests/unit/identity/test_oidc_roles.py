"""What issuers say becomes roles by the settings' table, and by nothing else."""

from typing import Any

import pytest
from pydantic import ValidationError

from deltaci.errors import UnauthorizedError
from deltaci.identity.principal import Principal
from deltaci.identity.roles import Role
from deltaci.settings import Settings
from deltaci.testing.oidc_issuer import FakeIssuer
from deltaci.testing.trust import Trust

GITHUB: dict[str, Any] = {
    "jti": "example-id",
    "sub": "repo:octo-org/octo-repo:environment:prod",
    "environment": "prod",
    "ref": "refs/heads/main",
    "sha": "example-sha",
    "repository": "octo-org/octo-repo",
    "repository_owner": "octo-org",
    "actor_id": "12",
    "repository_visibility": "private",
    "repository_id": "74",
    "repository_owner_id": "65",
    "run_id": "example-run-id",
    "run_number": "10",
    "run_attempt": "2",
    "runner_environment": "github-hosted",
    "actor": "octocat",
    "workflow": "example-workflow",
    "head_ref": "",
    "base_ref": "",
    "event_name": "workflow_dispatch",
    "ref_type": "branch",
    "job_workflow_ref": "octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main",
}
"""As GitHub documents the tokens of its Actions."""

GITLAB: dict[str, Any] = {
    "jti": "c82eeb0c-5c6f-4a33-abf5-4c474b92b558",
    "sub": "project_path:mygroup/myproject:ref_type:branch:ref:main",
    "namespace_id": "1",
    "namespace_path": "mygroup",
    "project_id": "22",
    "project_path": "mygroup/myproject",
    "user_id": "42",
    "user_login": "myuser",
    "user_email": "myuser@example.com",
    "pipeline_id": "1212",
    "pipeline_source": "web",
    "job_id": "1212",
    "ref": "auto-deploy-2020-04-01",
    "ref_type": "branch",
    "ref_protected": "true",
    "environment": "production",
    "environment_protected": "true",
}
"""As GitLab documents its ID tokens."""

CI = {"default_roles": ["ci_publisher"]}


async def caller(
    trust: Trust, issuer: FakeIssuer, claims: dict[str, Any], **fields: Any
) -> Principal:
    return await trust(issuer.trusted(**fields)).authenticate(issuer.sign(**claims))


@pytest.mark.parametrize(
    ("claims", "require"),
    [
        (GITHUB, {"repository_owner_id": "65", "ref": "refs/heads/main"}),
        (GITHUB, {"sub": ["repo:octo-org/*:environment:prod", "x"]}),
        (GITLAB, {"namespace_path": "mygroup", "ref_protected": "true"}),
        (GITLAB, {"sub": "project_path:mygroup/*"}),
        (GITHUB | {"actor": "renovate[bot]"}, {"actor": "renovate[bot]", "ref": "*/*/*"}),
        ({"sub": "a", "verified": True, "level": 3}, {"verified": "true", "level": "3"}),
        ({"sub": "a", "teams": ["x", "y"]}, {"teams": ["y", "z"]}),
    ],
)
async def test_ci_systems_publish_by_what_their_tokens_say(
    issuer: FakeIssuer, trust: Trust, claims: dict[str, Any], require: dict[str, Any]
) -> None:
    who = await caller(trust, issuer, claims, require=require, **CI)

    assert who.id == f"{issuer.url}|{claims['sub']}"
    assert who.roles == {Role.CI_PUBLISHER}


@pytest.mark.parametrize(
    "require",
    [
        {"repository_owner": "octo"},
        {"repository_owner": "octo-org", "ref": "refs/heads/release/*"},
        {"repository_owner": "OCTO-ORG"},
        {"repository_owner": "octo?org"},
        {"repository_owner": "[n-p]cto-org"},
        {"repository_owner": ".*"},
        {"enterprise": "*"},
        {"head_ref": "*"},
        {"sub.environment": "prod"},
    ],
)
async def test_who_lacks_what_is_required_is_nobody(
    issuer: FakeIssuer, trust: Trust, require: dict[str, str]
) -> None:
    with pytest.raises(UnauthorizedError, match="not valid"):
        await caller(trust, issuer, GITHUB, require=require, **CI)


@pytest.mark.parametrize(
    ("said", "roles"),
    [
        (["dxcp-platform-admins", "dxcp-ci-publishers"], {Role.ADMIN, Role.CI_PUBLISHER}),
        (["dxcp-delivery-owners"], {Role.DELIVERY_OWNER}),
        ("dxcp-observers", {Role.OBSERVER}),
        ("dxcp-ci-publisher", {Role.CI_PUBLISHER}),
        (["admin", "runner", "delivery_owner", "ADMIN"], set()),
        (["DXCP-PLATFORM-ADMINS", "dxcp-platform-admins "], set()),
        ("dxcp-platform-admins,dxcp-observers", set()),
        ([["dxcp-platform-admins"], {"dxcp-platform-admins": 1}, None, 3], set()),
        ({"dxcp-platform-admins": True}, set()),
        (None, set()),
    ],
)
async def test_without_a_table_the_names_of_dxcp_are_roles_and_nothing_else_is(
    issuer: FakeIssuer, trust: Trust, said: Any, roles: set[Role]
) -> None:
    claims = {"https://dxcp.example/claims/roles": said}

    who = await caller(
        trust, issuer, claims, roles_claim="https://dxcp.example/claims/roles", default_roles=()
    )

    assert who.roles == roles


async def test_a_table_takes_the_place_of_those_names(issuer: FakeIssuer, trust: Trust) -> None:
    claims = {"realm_access": {"roles": ["dxcp-platform-admins", "ops"]}}

    who = await caller(
        trust, issuer, claims, roles_claim="realm_access.roles", roles={"ops": "developer"}
    )

    assert who.roles == {Role.DEVELOPER}


async def test_default_roles_are_for_those_whose_claim_gives_none(
    issuer: FakeIssuer, trust: Trust
) -> None:
    table = {"roles_claim": "groups", "roles": {"dev": "developer"}}

    assert (await caller(trust, issuer, {"groups": "dev"}, **table)).roles == {Role.DEVELOPER}
    assert (await caller(trust, issuer, {"groups": "x"}, **table)).roles == {Role.OBSERVER}


@pytest.mark.parametrize("claim", ["roles", "role", "groups", "scope", "labels", "repos"])
async def test_claims_that_the_settings_do_not_name_give_nothing(
    issuer: FakeIssuer, trust: Trust, claim: str
) -> None:
    who = await caller(trust, issuer, {claim: ["admin", "dxcp-platform-admins"]})

    assert who.roles == {Role.OBSERVER}
    assert who.labels is who.repos is None


PEOPLE = '"issuer": "https://login.example.test", "audience": "delta-ci"'
WRONG = [
    ("[", "must be a list in JSON"),
    ('{"issuer": "x"}', "issuers"),
    ('[{"audience": "delta-ci"}]', "issuers.0.issuer"),
    ('[{"issuer": "https://a.test"}]', "issuers.0.audience"),
    (f'[{{{PEOPLE}, "rolesclaim": "groups"}}]', "issuers.0.rolesclaim"),
    (f"[{{{PEOPLE}}}]", "roles_claim or default_roles is missing"),
    (f'[{{{PEOPLE}, "roles": {{"a": "admin"}}}}]', "roles_claim is missing"),
    (f'[{{{PEOPLE}, "default_roles": ["observer"]}}]', "require is missing"),
    (
        f'[{{{PEOPLE}, "default_roles": ["admin"], "require": {{"sub": "*"}}}}]',
        "default_roles must not contain admin",
    ),
    (
        f'[{{{PEOPLE}, "default_roles": ["runner"], "require": {{"sub": "*"}}}}]',
        "runner cannot be granted",
    ),
    (
        f'[{{{PEOPLE}, "roles_claim": "groups", "roles": {{"a": "runner"}}}}]',
        "runner cannot be granted",
    ),
    (
        f'[{{{PEOPLE}, "roles_claim": "groups", "roles": {{"a": "emperor"}}}}]',
        "issuers.0.roles.a",
    ),
    (f'[{{{PEOPLE}, "roles_claim": "groups", "algorithm": "HS256"}}]', "issuers.0.algorithm"),
    (f'[{{{PEOPLE}, "roles_claim": "groups", "algorithm": "none"}}]', "issuers.0.algorithm"),
    (
        f'[{{{PEOPLE}, "roles_claim": "groups", "jwks_url": "http://a.test/keys"}}]',
        "jwks_url must be an https address",
    ),
    (
        '[{"issuer": "http://a.test", "audience": "a", "roles_claim": "groups"}]',
        "issuer must be an https address",
    ),
    (
        '[{"issuer": "https://a.test|b", "audience": "a", "roles_claim": "groups"}]',
        "issuers.0.issuer",
    ),
    ('[{"issuer": "delta-ci", "audience": "a", "roles_claim": "groups"}]', "issuer must be"),
    (f'[{{{PEOPLE}, "roles_claim": "a"}}, {{{PEOPLE}, "roles_claim": "b"}}]', "listed twice"),
]


@pytest.mark.parametrize(("value", "named"), WRONG)
def test_wrong_settings_say_where_and_what(
    monkeypatch: pytest.MonkeyPatch, value: str, named: str
) -> None:
    monkeypatch.setenv("DELTA_CI_OIDC_ISSUERS", value)

    with pytest.raises(ValidationError) as refused:
        Settings()

    assert named in str(refused.value)


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DELTA_CI_OIDC_ISSUERS", f'[{{{PEOPLE}, "roles_claim": "groups"}}]')
    monkeypatch.setenv("DELTA_CI_OIDC_CLOCK_SKEW_SECONDS", "5")

    oidc = Settings().oidc

    assert (oidc.issuers[0].audience, oidc.clock_skew_seconds) == (("delta-ci",), 5)


@pytest.mark.parametrize("nothing", ["", " ", "[]"])
def test_no_issuers_are_none(monkeypatch: pytest.MonkeyPatch, nothing: str) -> None:
    monkeypatch.setenv("DELTA_CI_OIDC_ISSUERS", nothing)

    assert Settings().oidc.issuers == ()

"""Every shell command on the pages about CI, run as it stands there, against the real API."""

import os
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from deltaci import errors
from deltaci.errors import DeltaError
from deltaci.identity.roles import Role
from deltaci.testing.api_calls import TOKEN_LIFE
from deltaci.testing.build_registry import BuildRegistry
from deltaci.testing.ci_job import REGISTER_BUILD, register_build, run_program
from deltaci.testing.repositories import MakeRepository

FOLDER = Path(__file__).resolve().parents[3] / "docs/integrations/ci"
BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
COMMANDS = [
    (page.stem, textwrap.dedent(block))
    for page in sorted(FOLDER.glob("*.md"))
    for block in BLOCK.findall(page.read_text())
]


@pytest.mark.parametrize(("page", "commands"), COMMANDS, ids=range(len(COMMANDS)))
async def test_documented_commands_work_as_printed(
    registry: BuildRegistry, git_repo: MakeRepository, page: str, commands: str
) -> None:
    checkout = git_repo({"scripts/ci/register_build.py": REGISTER_BUILD.read_text()})
    admin = registry.api.signer.issue("admin", [Role.ADMIN], TOKEN_LIFE).token
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DXCP_API_BASE": registry.url,
        "DXCP_API_BASE_V1": f"{registry.url}/v1",
        "DXCP_TOKEN": registry.job_token(page),
        "CI_RUN_ID": "42",
        "DELTA_CI_URL": registry.url,
        "DELTA_CI_TOKEN": admin,
    }

    ran = await run_program(
        *("sh", "-e", "-c", commands), environment=environment, folder=checkout.path
    )

    assert ran.code == 0, ran.err
    registers = "build" in commands and "--dry-run" not in commands
    assert len(await registry.builds()) == registers


async def test_client_credentials_register_a_build(registry: BuildRegistry) -> None:
    ran = await register_build(environment=registry.client_credentials)

    assert (ran.code, ran.err) == (0, "")
    assert "ci_publisher=client idempotency_replayed=false" in ran.out


async def test_a_secret_that_is_wrong_is_not_shown(registry: BuildRegistry) -> None:
    wrong = {**registry.client_credentials, "GOV_CI_CLIENT_SECRET": "not-the-s3cret"}

    ran = await register_build(environment=wrong)

    assert ran.err == "ERROR: the token endpoint answered 401 without a token\n"


async def test_an_address_that_is_none_costs_only_itself(registry: BuildRegistry) -> None:
    ran = await register_build("--run-url", "nonsense", environment=registry.client_credentials)

    assert "metadata_mode=without_metadata" in ran.out
    (build,) = await registry.builds()
    assert build["run_url"] is None


async def test_a_job_that_nobody_admits_learns_who_it_is(registry: BuildRegistry) -> None:
    stranger = registry.tokens.sign("stranger")
    environment = {"DXCP_API_BASE": registry.url, "DXCP_TOKEN": stranger}

    ran = await register_build(environment=environment)

    assert "403 CI_ONLY" in ran.err
    assert "sub='stranger'" in ran.err
    assert await registry.builds() == []


def test_every_refusal_that_the_pages_explain_exists() -> None:
    pages = "".join(page.read_text() for page in FOLDER.glob("*.md"))
    explained = set(re.findall(r"\b\d{3} `([A-Z_]+)`", pages))

    assert explained <= {error.code for error in _kinds(DeltaError)}
    assert explained >= {"UNAUTHORIZED", "CI_ONLY", "INVALID_REQUEST"}
    assert errors.BuildConflictError.code in explained


def _kinds(error: type[DeltaError]) -> Iterator[type[DeltaError]]:
    yield error
    for kind in error.__subclasses__():
        yield from _kinds(kind)

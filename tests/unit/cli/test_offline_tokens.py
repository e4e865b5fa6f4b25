import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from deltaci.identity.roles import Role
from deltaci.identity.tokens import TokenSigner
from deltaci.testing.commands import Ran

KEY = "k" * 40
ISSUE = ("token", "issue", "--offline", "--role", "admin", "--subject", "first-admin")
Command = Callable[..., Awaitable[Ran]]


async def test_the_key_of_the_environment_signs(
    delta_ci: Command, unconnected: Mapping[str, str]
) -> None:
    ran = await delta_ci(*ISSUE, environment={**unconnected, "DELTA_CI_SIGNING_KEY": KEY})
    principal = TokenSigner(KEY).verify(ran.out.strip())
    assert (principal.subject, principal.roles) == ("first-admin", frozenset({Role.ADMIN}))


async def test_the_data_folders_key_signs(
    delta_ci: Command, unconnected: Mapping[str, str], tmp_path: Path
) -> None:
    signer = TokenSigner.load("", tmp_path / "data")
    arguments = ("--data-dir", "data", "--json", "--ttl-minutes", "5", "--label", "gpu")
    limited = ("token", "issue", "--offline", "--role", "runner", "--subject", "r1", *arguments)
    ran = await delta_ci(*limited, environment=unconnected)
    issued = json.loads(ran.out)
    assert set(issued) == {"token", "issuer", "subject", "roles", "expires_at"}
    assert signer.verify(issued["token"]).labels == frozenset({"gpu"})


async def test_no_key_is_made_up(
    delta_ci: Command, unconnected: Mapping[str, str], tmp_path: Path
) -> None:
    ran = await delta_ci(*ISSUE, "--data-dir", "data", environment=unconnected)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "no token was signed: neither DELTA_CI_SIGNING_KEY is set, nor has data a signing.key\n"
    )
    assert not await asyncio.to_thread((tmp_path / "data").exists)


async def test_a_weak_key_is_refused(delta_ci: Command, unconnected: Mapping[str, str]) -> None:
    ran = await delta_ci(*ISSUE, environment={**unconnected, "DELTA_CI_SIGNING_KEY": "short"})
    assert ran.code == 1
    assert "at least 32 characters" in ran.err


def test_signing_needs_neither_temporal_nor_the_store() -> None:
    script = (
        "import sys, typer; from pathlib import Path; "
        "from deltaci.cli.offline_tokens import OfflineTokens; "
        "OfflineTokens(Path()).issue('a', ['admin'], 1); "
        "print({'temporalio', 'sqlalchemy', 'fastapi'} & set(sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env={"DELTA_CI_SIGNING_KEY": KEY},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "set()\n"


def test_without_the_servers_packages_it_says_what_to_install() -> None:
    script = (
        "import sys; sys.modules['jwt'] = None; "
        "from deltaci.cli.main import run; "
        f"sys.argv = ['delta-ci', *{ISSUE!r}]; run()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env={"DELTA_CI_SIGNING_KEY": KEY},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "--offline needs the extra delta-ci[server]: no jwt here\n"

"""The set-up commands lead to a registered build; taking the publisher away ends that."""

import json
import os
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from dirty_equals import IsPartialDict

from deltaci.identity.roles import Role
from deltaci.testing.api_calls import TOKEN_LIFE
from deltaci.testing.commands import Ran, run_command
from deltaci.testing.listening import listening
from deltaci.testing.registrar import Registrar

NAME, SUBJECT, SERVICE = "set-up", "pipeline-7", "set-up-shop"
BUILD = {
    "service": SERVICE,
    "version": "1.2.3",
    "artifact-ref": f"s3://artifacts/{SERVICE}/{SERVICE}-1.2.3.zip",
    "git-sha": "4bf92f3577b34da6a3ce929d0e0e4736aaaaaaaa",
    "git-branch": "main",
    "ci-provider": "github",
    "ci-run-id": "7",
    "built-at": "2026-02-27T00:00:00Z",
}
REGISTER = ("build", "register", *(f"--{name}={value}" for name, value in BUILD.items()))
ADD = ("publisher", "add", NAME, "--issuer", "delta-ci", "--subject", SUBJECT)

Command = Callable[..., Awaitable[Ran]]


def connected(folder: Path, url: str, token: str) -> Command:
    """Return `delta-ci` as somebody who knows this server."""
    environment = {"PATH": os.environ["PATH"], "DELTA_CI_URL": url, "DELTA_CI_TOKEN": token}
    return partial(run_command, folder=folder, environment=environment)


async def test_a_new_installation_registers_its_first_build(
    registry: Registrar, tmp_path: Path
) -> None:
    admins = registry.served.signer.issue("root", [Role.ADMIN], TOKEN_LIFE).token
    async with listening(registry.served.app) as url:
        admin = connected(tmp_path, url, admins)
        issued = await admin("token", "issue", "--role", "ci_publisher", "--subject", SUBJECT)
        token = issued.out.strip()
        ci = connected(tmp_path, url, token)
        assert (await admin("service", "add", SERVICE)).out == f"{SERVICE}\n"

        early = await ci(*REGISTER)
        unlisted = await admin("publisher", "test", given=token)
        added = await admin(*ADD)
        tested = await admin("publisher", "test", "--json", given=token)
        registered = await ci(*REGISTER)
        removed = await admin("publisher", "remove", NAME)
        late = await ci(*REGISTER)

    assert (early.code, "CI_ONLY" in early.err) == (4, True)
    assert (unlisted.code, "no publisher admits" in unlisted.out) == (1, True)
    assert f"{NAME}  custom  issuers=delta-ci  subjects={SUBJECT}\n" in added.out
    assert (tested.code, json.loads(tested.out)) == (0, IsPartialDict(ci_publisher=NAME))
    assert f"ci_publisher={NAME} idempotency_replayed=false" in registered.out
    assert NAME not in removed.out
    assert (late.code, "CI_ONLY" in late.err) == (4, True)

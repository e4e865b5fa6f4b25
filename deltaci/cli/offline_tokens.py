"""Sign access tokens where the signing key is, without a server: how the first one is made."""

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer

from deltaci.cli import output
from deltaci.cli.exits import ExitCode
from deltaci.client.shapes import IssuedToken

if TYPE_CHECKING:
    from deltaci.wire.tokens import IssueToken

KEY_VARIABLE = "DELTA_CI_SIGNING_KEY"


class OfflineTokens:
    """Takes the place of the API's tokens; nothing is recorded in the audit trail.

    Uses the key in the environment, or else that of the data folder. It makes no new one: what that
    signed would be valid nowhere.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    def issue(
        self,
        subject: str,
        roles: Sequence[str],
        ttl_minutes: int,
        *,
        labels: Sequence[str] = (),
        repos: Sequence[str] = (),
    ) -> IssuedToken:
        """Sign a token for a subject; ends the command with a sentence when it cannot."""
        asked = {"subject": subject, "roles": list(roles), "ttl_minutes": ttl_minutes}
        limits = {"labels": list(labels) or None, "repos": list(repos) or None}
        try:
            from deltaci.wire.tokens import IssueToken  # noqa: PLC0415 - slow, and rarely needed

            return self._sign(IssueToken.model_validate(asked | limits))
        except ModuleNotFoundError as error:
            problem = f"--offline needs the extra delta-ci[server]: no {error.name} here"
        except (ValueError, OSError) as error:
            problem = f"no token was signed: {error}"
        output.complain(problem)
        raise typer.Exit(ExitCode.FAILED)

    def _sign(self, asked: "IssueToken") -> IssuedToken:
        from deltaci.identity.tokens import KEY_FILE, TokenSigner  # noqa: PLC0415 - the extra

        key = os.environ.get(KEY_VARIABLE, "")
        if not key and not (self._data_dir / KEY_FILE).is_file():
            raise ValueError(
                f"neither {KEY_VARIABLE} is set, nor has {self._data_dir} a {KEY_FILE}"
            )
        issued = TokenSigner.load(key, self._data_dir).issue(
            asked.subject,
            asked.roles,
            timedelta(minutes=asked.ttl_minutes),
            labels=asked.labels,
            repos=asked.repos,
        )
        return cast("IssuedToken", issued.model_dump(mode="json"))

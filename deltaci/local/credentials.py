"""Tokens for the parts of a local stack, signed with the instance's key.

Signing takes libraries that the supervisor has no other use for, so it happens in a short process:
`python -m deltaci.local.credentials DATA_DIR SUBJECT=ROLE…` prints the tokens as a JSON object.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from deltaci.identity.roles import Role
from deltaci.local.errors import StackError

TOKEN_LIFE = timedelta(days=90)
TIMEOUT_SECONDS = 60


def issue_tokens(
    folder: Path, wanted: Mapping[str, Role], environment: Mapping[str, str]
) -> Mapping[str, str]:
    """Return a token for each subject; raises StackError when they cannot be signed."""
    pairs = [f"{subject}={role}" for subject, role in wanted.items()]
    try:
        signed = subprocess.run(
            [sys.executable, "-P", "-m", __name__, str(folder), *pairs],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise StackError(f"no tokens could be signed: {reason}") from error
    except subprocess.TimeoutExpired as error:
        raise StackError(f"no tokens were signed within {TIMEOUT_SECONDS} s") from error
    tokens: dict[str, str] = json.loads(signed.stdout)
    return tokens


def main() -> None:
    """Sign what the arguments ask for."""
    from deltaci.identity.tokens import TokenSigner  # noqa: PLC0415 - what this process is for

    folder, *pairs = sys.argv[1:]
    try:
        signer = TokenSigner.load(os.environ.get("DELTA_CI_SIGNING_KEY", ""), Path(folder))
    except (ValueError, OSError) as error:
        sys.exit(str(error))
    wanted = (pair.rpartition("=") for pair in pairs)
    tokens = {
        subject: signer.issue(subject, [Role(role)], TOKEN_LIFE).token
        for subject, _, role in wanted
    }
    sys.stdout.write(json.dumps(tokens))


if __name__ == "__main__":
    main()

"""Hand the secrets of a deployment's job to its runner: in the answer that leases it only."""

import json
from collections.abc import Mapping

from deltaci.core import Core
from deltaci.store.database import Transaction
from deltaci.store.deployment_jobs import RUN_KIND, sealed_secrets_of
from deltaci.store.tables import Run


async def secrets_of(tx: Transaction, core: Core, run: Run) -> Mapping[str, str]:
    """Return the variables that only this run's job sees; only deployments have some.

    Where the key that sealed them is gone, there are none either, and the log says so.
    """
    kept = await sealed_secrets_of(tx, run.id) if run.kind == RUN_KIND else None
    opened = core.seal.open_those_that_open([kept] if kept else [])
    return {name: value for text in opened for name, value in json.loads(text).items()}


def sealed(core: Core, secrets: Mapping[str, str]) -> bytes | None:
    """Return secrets as they are kept; None without any."""
    return core.seal.close(json.dumps(dict(secrets))) if secrets else None

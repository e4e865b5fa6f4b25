"""Jobs of deployments, and the secrets that only their runners are told."""

from sqlalchemy import update

from deltaci.store.database import Transaction
from deltaci.store.tables import DeploymentJob
from deltaci.store.tables.base import table_of

RUN_KIND = "deployment"
"""The `kind` of runs that are jobs of deployments: no other run has secrets."""


def add_deployment_job(
    tx: Transaction, run_id: str, deployment_id: str, sealed_secrets: bytes | None
) -> None:
    """Note that a new run is a job of a deployment."""
    row = DeploymentJob(run_id=run_id, deployment_id=deployment_id, sealed_secrets=sealed_secrets)
    tx.add(row)


async def sealed_secrets_of(tx: Transaction, run_id: str) -> bytes | None:
    """Read the secrets of a run's job, as long as it has not ended."""
    row = await tx.get(DeploymentJob, run_id, populate_existing=True)
    return row.sealed_secrets if row is not None else None


async def forget_secrets(tx: Transaction, run_id: str) -> None:
    """Forget the secrets of a run that has ended."""
    table = table_of(DeploymentJob)
    await tx.execute(update(table).where(table.c.run_id == run_id).values(sealed_secrets=None))

"""Tell whoever wants to hear it that a deployment of ours has come to a new status."""

from datetime import datetime

from deltaci.states import STATUS_OF, DeploymentState
from deltaci.store.announcements import News, announce
from deltaci.store.database import Transaction
from deltaci.store.deployments import Ours


def tell(tx: Transaction, ours: Ours, now: datetime, before: DeploymentState | None = None) -> None:
    """Announce the status unless it is the one that the state before had."""
    row, intent = ours.row, ours.intent
    status = STATUS_OF[row.state]
    if before is not None and STATUS_OF[before] is status:
        return
    failure = intent.failures[0]["summary"] if intent.failures else ""
    announce(
        tx,
        News(
            event_type=f"deployment.{status}",
            subject_kind="deployment",
            subject_id=row.id,
            product=row.product,
            version=row.version,
            environment=row.environment,
            status=status,
            payload={
                "deployer": row.deployed_by,
                "deployed_at": row.deployed_at.isoformat() if row.deployed_at else None,
                "scm_repository": row.scm_repository,
                "scm_sha": row.scm_sha,
                "preflight_status": (row.preflight or {}).get("status"),
                "deploy_url": row.deploy_url,
                "deployment_kind": intent.kind,
                "error": failure,
            },
        ),
        now,
    )

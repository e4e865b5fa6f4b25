"""Registered builds as the DXCP contract shows them (spec §1.2)."""

from deltaci.governance.exposure import exposure_in
from deltaci.store.database import Transaction
from deltaci.store.tables import Registration
from deltaci.wire.builds import BuildView


async def shows_links(tx: Transaction) -> bool:
    """Whether links into other systems are shown, to whomever it may be."""
    return (await exposure_in(tx)).externalLinks.display


def view_of(row: Registration, *, with_links: bool) -> BuildView:
    """Show a registered build."""
    return BuildView(
        id=row.id,
        service=row.product,
        version=row.version,
        artifactRef=row.artifact_ref,
        git_sha=row.git_sha,
        git_branch=row.git_branch,
        ci_provider=row.ci_provider,
        ci_run_id=row.ci_run_id,
        built_at=row.built_at,
        sha256=row.sha256,
        sizeBytes=row.size_bytes,
        contentType=row.content_type,
        checksum_sha256=row.checksum_sha256,
        repo=row.repo,
        actor=row.actor,
        ci_publisher=row.ci_publisher,
        commit_url=row.commit_url if with_links else None,
        run_url=row.run_url if with_links else None,
        registeredAt=row.registered_at,
    )

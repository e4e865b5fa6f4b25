"""Hand the leased commit out to its runner, so that no forge's credential leaves the server."""

from deltaci.addresses import leads_to
from deltaci.core import Core
from deltaci.jobs.held import peek_live
from deltaci.jobs.ports import ServableSource, ServedCommit
from deltaci.repositories.forge import hears
from deltaci.store.database import Transaction
from deltaci.store.forges import find_link
from deltaci.store.jobs import repository_of
from deltaci.store.tables import ForgeLink, Run
from deltaci.wire.forges import Provider
from deltaci.wire.runner import Checkout


async def open_checkout(
    core: Core, source: ServableSource, runner_id: str, lease_id: str
) -> ServedCommit:
    """Return what serves the commit of a live lease, acknowledged or not yet.

    No proof is asked of the commit any more: a plan was made of it. Raises StaleLeaseError, and
    UnavailableError when the repository cannot be reached.
    """
    async with core.database.read() as tx:
        run = (await peek_live(tx, lease_id, runner_id, core.clock())).work.run
        repository = await repository_of(tx, run.repo_id)
    commits = source(repository.id, repository.url)
    await commits.bring(run.commit_sha, run.ref, vouched=True)
    return await commits.serve(run.commit_sha)


async def checkout_of(tx: Transaction, core: Core, run: Run) -> Checkout:
    """Say where a runner gets the commit of a run from."""
    repository = await repository_of(tx, run.repo_id)
    link = await find_link(tx, run.repo_id)
    return Checkout(
        repo_id=run.repo_id,
        url=repository.url,
        commit_sha=run.commit_sha,
        ref=run.ref,
        fork=run.fork,
        through_api=link is not None and needs_api(core, repository.url, link),
    )


def needs_api(core: Core, url: str, link: ForgeLink) -> bool:
    """Whether we fetch a repository with a credential, which its runners must not have."""
    server = core.settings.forge(Provider(link.provider)).url
    return hears(core, link) and leads_to(url, server, link.full_name)

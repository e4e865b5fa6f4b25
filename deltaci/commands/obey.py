"""Do what somebody with write access asks for in a comment; ignore everybody else in silence."""

from dataclasses import dataclass

import structlog

from deltaci.commands.parse import Command, Verb, parse_command
from deltaci.commands.why import why
from deltaci.core import Core
from deltaci.errors import InvalidRequestError, InvalidStateError
from deltaci.reports.inert import SENTENCE_MAX, code
from deltaci.repositories.place import place_of
from deltaci.runs.cancel import cancel_run
from deltaci.runs.ports import CommitSource
from deltaci.runs.rerun import rerun
from deltaci.store.database import Transaction
from deltaci.store.deliveries import find_delivery
from deltaci.store.forges import find_link
from deltaci.store.runs import newest_of_pull_request, whole_run_of
from deltaci.store.tables import ForgeLink, Run
from deltaci.vcs.port import Forge, Forges, Provider, Remark
from deltaci.webhooks.deliveries import reread
from deltaci.wire.runs import RerunRequest

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A command, and everything that it is about."""

    command: Command
    remark: Remark
    forge: Forge
    link: ForgeLink
    run: Run | None
    """The pull request's newest run when the comment came; never one that the command made."""

    @property
    def actor(self) -> str:
        """Who asked, as the audit knows it."""
        return f"{self.forge.provider}:{self.remark.author}"[:190]


async def obey_command(core: Core, forges: Forges, commits: CommitSource, delivery_id: str) -> None:
    """Look into a kept comment and do what it asks for, if its author may push.

    Doing so again changes nothing: a rerun has the comment as its key, a cancel is idempotent, and
    an answer is found by its marker. Raises ForgeUnavailableError when it must be tried again.
    """
    async with core.database.read() as tx:
        asked = await _asked(tx, forges, delivery_id)
    if asked is None:
        return
    place = place_of(core, asked.link)
    if not await asked.forge.api.may_write(place, asked.remark.author):
        log.info("command_ignored", delivery_id=delivery_id, verb=asked.command.verb)
        return
    answer = await _carry_out(core, commits, asked)
    if answer:
        marker = f"<!-- delta-ci command:{delivery_id} -->"
        number, api = asked.remark.number, asked.forge.api
        comment_id = await api.find_comment(place, number, marker)
        await api.write_comment(place, number, f"{marker}\n{answer}", comment_id)


async def _asked(tx: Transaction, forges: Forges, delivery_id: str) -> _Asked | None:
    row = await find_delivery(tx, delivery_id)
    if row is None or row.repo_id is None or Provider(row.provider) not in forges:
        return None
    forge = forges[Provider(row.provider)]
    remark = forge.webhooks.parse(reread(forges, row))
    command = parse_command(remark.body) if isinstance(remark, Remark) else None
    link = await find_link(tx, row.repo_id)
    if command is None or link is None or not isinstance(remark, Remark):
        return None
    run = await newest_of_pull_request(tx, row.repo_id, remark.number, row.received_at)
    return _Asked(command, remark, forge, link, run)


async def _carry_out(core: Core, commits: CommitSource, asked: _Asked) -> str:
    """Return what to answer; nothing where the checks will tell."""
    if asked.run is None:
        return "This pull request has no run yet."
    try:
        if asked.command.verb is Verb.RERUN:
            request = RerunRequest(jobs=list(asked.command.words) or None)
            key = f"comment-{asked.remark.comment_id}"
            await rerun(core, asked.actor, await _whole(core, asked.run), request, key)
        elif asked.command.verb is Verb.CANCEL:
            await cancel_run(core, asked.actor, asked.run.id)
        else:
            return await why(core, commits, asked.run, asked.command.words[0])
    except (InvalidRequestError, InvalidStateError) as error:
        return f"Not done: {code(error.message, SENTENCE_MAX)}."
    return ""


async def _whole(core: Core, run: Run) -> str:
    """Return the run that has all jobs, for the newest may be a rerun of some."""
    async with core.database.read() as tx:
        return (await whole_run_of(tx, run)).id

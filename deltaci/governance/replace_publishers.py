"""Replace the list of publishers; it counts for the next request, on every replica."""

from deltaci.core import Core
from deltaci.errors import InvalidStateError
from deltaci.governance.change import CHANGED_MEANWHILE, Author, change_setting
from deltaci.governance.publishers import NAME, publishers_of
from deltaci.governance.rules import check_publishers
from deltaci.store.admin_settings import SettingKey, read_setting
from deltaci.store.idempotency import Keyed, store_answer, stored_answer
from deltaci.wire.governance import CiPublisherList, ReplaceCiPublishers


async def replace_publishers(
    core: Core, author: Author, request: ReplaceCiPublishers, key: str
) -> tuple[CiPublisherList, bool]:
    """Store the whole list; returns it, and whether that was done now.

    An equal request of the same caller with the same key gets the first one's answer. Raises
    InvalidRequestError for a list that is not accepted, InvalidStateError for one that was made
    from an older version, and IdempotencyConflictError.
    """
    check_publishers(request.publishers)
    sent = request.model_dump(mode="json")
    keyed = Keyed.of(f"ci-publishers.replace:{author.caller.id}", key, sent)
    async with core.database.write() as tx:
        row = await read_setting(tx, SettingKey.CI_PUBLISHERS)
        before = publishers_of(row, core.settings)
        after = CiPublisherList(publishers=request.publishers, version=before.version + 1)
        if not await store_answer(tx, keyed, after.model_dump(mode="json"), core.clock()):
            earlier = await stored_answer(tx, keyed)
            return CiPublisherList.model_validate(earlier), False
        if request.version not in {None, before.version}:
            raise InvalidStateError(CHANGED_MEANWHILE, version=before.version)
        old = before.model_dump(mode="json")["publishers"]
        values = {NAME: (old, sent["publishers"])}
        await change_setting(tx, core, author, SettingKey.CI_PUBLISHERS, row, values)
    return after, True

"""Change a setting that admins change: a new version, and who changed what into what, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deltaci.core import Core
from deltaci.errors import InvalidStateError
from deltaci.governance.claims import actor_of
from deltaci.identity.principal import Principal
from deltaci.store import audit
from deltaci.store.admin_settings import SettingKey, write_setting
from deltaci.store.database import Transaction
from deltaci.store.tables import AdminSetting

CHANGED_MEANWHILE = "it was changed meanwhile; read it again, and change what it is now"


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes a setting, in which request, and why, if that was said."""

    caller: Principal
    request_id: str
    reason: str | None = None


async def change_setting(
    tx: Transaction,
    core: Core,
    author: Author,
    key: SettingKey,
    row: AdminSetting | None,
    values: Mapping[str, tuple[Any, Any]],
) -> None:
    """Store a setting's values, given with what they were, as the version after `row`.

    Raises InvalidStateError when somebody else did so first.
    """
    after_version = row.version if row else 0
    new = {name: value for name, (_, value) in values.items()}
    actor, now = author.caller.id, core.clock()
    if not await write_setting(tx, key, new, actor, now, after_version=after_version):
        raise InvalidStateError(CHANGED_MEANWHILE)
    for name, (old, value) in values.items():
        audit.record(
            tx,
            actor=actor,
            action=audit.Action.ADMIN_CONFIG_CHANGE,
            subject_kind="admin_setting",
            subject_id=name,
            at=now,
            version=after_version + 1,
            old_value=old,
            new_value=value,
            reason=author.reason,
            request_id=author.request_id,
            **actor_of(author.caller),
        )

"""Remove an environment that nothing refers to."""

from collections.abc import Mapping

from deltaci.catalog.environments.values import subject_of, values_of
from deltaci.catalog.errors import EnvironmentReferencedError, NoSuchEnvironmentError
from deltaci.catalog.record import record_change
from deltaci.core import Core
from deltaci.governance.change import Author
from deltaci.store.environments import References, find_environment, references_to
from deltaci.store.revisions import remove_row

MESSAGES: Mapping[str, str] = {
    "deployments": "Versions were deployed there.",
    "service_environment_routing": "Services have routes to it.",
    "delivery_group_environment_policy": "It is bound to delivery groups.",
    "delivery_group_allowed_environments": "Delivery groups list it.",
}


async def remove_environment(core: Core, author: Author, name: str) -> None:
    """Remove it. Raises NoSuchEnvironmentError, and EnvironmentReferencedError with what does."""
    async with core.database.write() as tx:
        row = await find_environment(tx, name)
        if row is None:
            raise NoSuchEnvironmentError
        references = await references_to(tx, name)
        if references or not await remove_row(tx, row):
            raise EnvironmentReferencedError(
                environment_id=name, references=_told(references or await references_to(tx, name))
            )
        record_change(tx, core, author, subject_of(name), values_of(row), None)


def _told(references: References) -> list[dict[str, object]]:
    return [
        {
            "reference_type": kind,
            "count": count,
            "examples": examples,
            "message": MESSAGES[kind],
        }
        for kind, (count, examples) in references.items()
    ]

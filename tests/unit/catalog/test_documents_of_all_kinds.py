"""Whatever document is accepted: it is so afterwards, and applying it again changes nothing."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deltaci.catalog.document.apply import apply_catalog, compare_catalog
from deltaci.catalog.document.export import export_catalog
from deltaci.core import Core
from deltaci.errors import InvalidRequestError, InvalidStateError
from deltaci.governance.change import Author
from deltaci.identity.principal import OUR_ISSUER, Principal
from deltaci.identity.roles import Role
from deltaci.wire.catalog_document import CatalogDocument

ADMIN = Author(Principal("root", OUR_ISSUER, frozenset({Role.ADMIN})), "req_1")
NAMES = st.sampled_from(["a", "b", "c"])
ENVIRONMENTS = st.dictionaries(
    NAMES,
    st.fixed_dictionaries(
        {}, optional={"display_name": st.sampled_from(["X", "Y"]), "description": st.just("d")}
    ),
)
RECIPES = st.dictionaries(
    NAMES,
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["N", "M"]),
            "engine_type": st.just("noop"),
            "effective_behavior_summary": st.just("S"),
        },
        optional={"secret": st.sampled_from(["", "s", "t"]), "status": st.just("deprecated")},
    ),
)
GROUPS = st.dictionaries(
    NAMES,
    st.fixed_dictionaries(
        {"name": st.just("G")},
        optional={
            "services": st.lists(NAMES, unique=True),
            "environments": st.dictionaries(
                NAMES, st.fixed_dictionaries({}, optional={"order_index": st.integers(0, 3)})
            ),
            "allowed_environments": st.none() | st.lists(NAMES, unique=True),
        },
    ),
)
SERVICES = st.dictionaries(
    NAMES, st.fixed_dictionaries({}, optional={"routes": st.dictionaries(NAMES, NAMES)})
)
DOCUMENTS = st.fixed_dictionaries(
    {}, optional={"environments": ENVIRONMENTS, "recipes": RECIPES}
).flatmap(
    lambda first: st.fixed_dictionaries(
        {name: st.just(value) for name, value in first.items()},
        optional={"groups": GROUPS, "services": SERVICES},
    )
)


@settings(
    max_examples=40,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(documents=st.lists(DOCUMENTS, min_size=1, max_size=4))
async def test_whatever_is_accepted_is_so_afterwards_and_exports_to_itself(
    core: Core, documents: list[Any]
) -> None:
    for document in documents:
        wanted = CatalogDocument.model_validate(document)
        try:
            await apply_catalog(core, ADMIN, wanted)
        except (InvalidRequestError, InvalidStateError):
            continue
        assert (await compare_catalog(core, wanted)).changes == []
    exported = (await export_catalog(core)).model_dump(mode="json")
    again = CatalogDocument.model_validate(exported)
    assert (await compare_catalog(core, again)).changes == []

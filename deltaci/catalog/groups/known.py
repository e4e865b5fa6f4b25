"""Look up what a delivery group names."""

from deltaci.catalog.changes import Values
from deltaci.catalog.groups.check import Known
from deltaci.store.database import Transaction
from deltaci.store.delivery_groups import groups_of
from deltaci.store.revisions import hold_known
from deltaci.store.tables import DeployRecipe, Environment, Product


async def known_to(tx: Transaction, values: Values) -> Known:
    """Return what there is of all that it names, kept from being removed until the commit."""
    return Known(
        services=await hold_known(tx, Product, values["services"]),
        environments=await hold_known(tx, Environment, values["allowed_environments"] or ()),
        recipes=await hold_known(tx, DeployRecipe, values["allowed_recipes"]),
        assigned=await groups_of(tx, values["services"]),
    )

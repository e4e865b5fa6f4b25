"""Commands of the catalog: one file per noun."""

from deltaci.cli.catalog.apply import apply
from deltaci.cli.catalog.environment import app as environments
from deltaci.cli.catalog.group import app as groups
from deltaci.cli.catalog.recipe import app as recipes
from deltaci.cli.catalog.route import app as routes
from deltaci.cli.catalog.show import app

__all__ = ["app", "apply", "environments", "groups", "recipes", "routes"]

"""What every use case is handed; built once per process by `deltaci.bootstrap`."""

from dataclasses import dataclass

from deltaci.clock import Clock
from deltaci.settings import Settings
from deltaci.store.database import Database


@dataclass(frozen=True, slots=True)
class Core:
    """The database, the clock and the settings: all that a use case needs from its process."""

    database: Database
    clock: Clock
    settings: Settings

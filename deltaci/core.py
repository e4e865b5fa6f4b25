"""What every use case is handed; built once per process by `deltaci.bootstrap`."""

from dataclasses import dataclass

from deltaci.artifacts.port import BlobStore
from deltaci.clock import Clock
from deltaci.sealing import Seal
from deltaci.settings import Settings
from deltaci.store.database import Database


@dataclass(frozen=True, slots=True)
class Core:
    """The database, the blobs, the clock, the settings, and what secrets are sealed with."""

    database: Database
    blobs: BlobStore
    clock: Clock
    settings: Settings
    seal: Seal

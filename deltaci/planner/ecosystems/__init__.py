"""Every ecosystem that discovery knows; the order decides who keeps the plain name in a folder."""

from deltaci.planner.ecosystems.dockerfile import Dockerfile
from deltaci.planner.ecosystems.ecosystem import Ecosystem
from deltaci.planner.ecosystems.go import Go
from deltaci.planner.ecosystems.makefile import Makefile
from deltaci.planner.ecosystems.node import Node
from deltaci.planner.ecosystems.python import Python

LANGUAGES: tuple[Ecosystem, ...] = (Go(), Python(), Node())
"""Each finds its projects on its own."""

GENERIC: tuple[Ecosystem, ...] = (Makefile(), Dockerfile())
"""These look at what the languages found, and add to it."""

ECOSYSTEMS = LANGUAGES + GENERIC

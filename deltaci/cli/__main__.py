"""`python -m deltaci.cli` is `delta-ci`."""

from deltaci.cli.main import run

run()

"""The migrations build exactly the schema that the tables describe, whoever runs them."""

import subprocess
import sys
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from deltaci.store.migrate import MIGRATIONS, alembic_config, upgrade

ROOT = Path(__file__).resolve().parents[3]
UPGRADE = "import sys; from deltaci.store.migrate import upgrade; upgrade(sys.argv[1])"


def test_an_upgraded_database_is_what_the_tables_say(database_url: str) -> None:
    upgrade(database_url)

    command.check(alembic_config(database_url))


def test_upgrading_again_changes_nothing(database_url: str) -> None:
    upgrade(database_url)
    upgrade(database_url)

    command.check(alembic_config(database_url))


def test_processes_may_upgrade_at_once(database_url: str) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", UPGRADE, database_url], cwd=ROOT) for _ in range(3)
    ]

    assert [process.wait(60) for process in processes] == [0, 0, 0]
    command.check(alembic_config(database_url))


def test_there_is_one_line_of_migrations() -> None:
    assert MIGRATIONS.is_dir()
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


def test_what_was_upgraded_goes_all_the_way_back_and_up_again(database_url: str) -> None:
    config = alembic_config(database_url)
    upgrade(database_url)

    command.downgrade(config, "base")
    upgrade(database_url)

    command.check(config)

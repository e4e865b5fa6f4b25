"""How Alembic reaches the database; called by `deltaci.store.migrate`."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text

from deltaci.store.database import Database
from deltaci.store.tables import Base

MIGRATION_LOCK = 0x0DE17A
"""Advisory lock on PostgreSQL: of several processes that upgrade at once, one does."""


def run(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    context.run_migrations()


async def main() -> None:
    database = Database(context.config.attributes["database_url"])
    writer = database.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
    async with writer.begin() as connection:
        await connection.run_sync(run)
    await database.close()


asyncio.run(main())

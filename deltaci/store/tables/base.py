"""What every table shares: constraint names, and columns that mean the same on each database."""

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Enum, Integer, MetaData, String, Table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

from deltaci.states import DeploymentState, JobState, LeaseState, RunState


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC; SQLite keeps no zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse naive moments rather than guess their zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment must know its zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give every moment back in UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


JsonDocument = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""None is stored as SQL's NULL, so that `IS NULL` finds it; JSON's own null is never stored."""

Name = Annotated[str, mapped_column(String(200))]
Identifier = Annotated[str, mapped_column(String(64))]
Text = Annotated[str, mapped_column(String)]
Serial = Annotated[
    int,
    mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    ),
]
Counter = Annotated[int, mapped_column(BigInteger, default=0)]


STATE_LENGTH = 20


def _state(kind: type[RunState | JobState | LeaseState | DeploymentState]) -> Enum:
    return Enum(kind, native_enum=False, length=STATE_LENGTH)


class Base(DeclarativeBase):
    """Base of all rows. Names of constraints are fixed, so that migrations can refer to them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: UtcDateTime(),
        dict[str, Any]: JsonDocument,
        list[Any]: JsonDocument,
        RunState: _state(RunState),
        JobState: _state(JobState),
        LeaseState: _state(LeaseState),
        DeploymentState: _state(DeploymentState),
    }


def table_of(row: type[Base]) -> Table:
    """Return the table of a row class, for statements that need nothing of the mapper."""
    table = row.__table__
    assert isinstance(table, Table)  # noqa: S101 - each of our row classes maps one table
    return table

"""Tables of the journal. Entries, subjects and seals refuse UPDATE, DELETE and TRUNCATE (see the first migration)."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from eakte.database import metadata

_ENTRY = ["journal_entries.tenant", "journal_entries.no"]

entries = Table(
    "journal_entries", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("no", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Uuid, nullable=False),
    Column("act", Text, nullable=False),
    Column("subject", Uuid, nullable=False),
    Column("details_digest", LargeBinary, nullable=False),
)  # fmt: skip

details = Table(
    "journal_details", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("entry", BigInteger, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("details", JSONB, nullable=False),
    ForeignKeyConstraint(["tenant", "entry"], _ENTRY),
)  # fmt: skip

subjects = Table(
    "journal_subjects", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("subject", Uuid, primary_key=True),
    Column("entry", BigInteger, primary_key=True),
    ForeignKeyConstraint(["tenant", "entry"], _ENTRY),
)  # fmt: skip

seals = Table(
    "journal_seals", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("entry", BigInteger, nullable=False),
    UniqueConstraint("tenant", "entry"),
    ForeignKeyConstraint(["tenant", "entry"], _ENTRY),
)  # fmt: skip

unsealed = Table(
    "journal_unsealed", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
)  # fmt: skip

reads = Table(
    "journal_reads", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("actor", Uuid, primary_key=True),
    Column("act", Text, primary_key=True),
    Column("what", LargeBinary, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
)  # fmt: skip

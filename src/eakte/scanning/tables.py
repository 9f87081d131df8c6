"""Batches, their items, what was refused, and the receipts that were given.

Of an item only `replaced_by` is ever set, of a refusal only when it was repeated or settled; receipts stay as they are.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from eakte.database import metadata

_BATCH = ["batches.tenant", "batches.id"]

batches = Table(
    "batches", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("profile", Text, nullable=False),
    Column("profile_version", Integer, nullable=False),
    Column("operator", Text, nullable=False),
    Column("expected_sheets", Integer, nullable=False),
    Column("sides", Integer, nullable=False),
    Column("announced_by", Uuid, nullable=False),
    Column("announced_at", DateTime(timezone=True), nullable=False),
    Column("scope", Uuid, nullable=False),
    Column("state", Text,
           CheckConstraint("state IN ('open', 'complete', 'reconciled', 'differs', 'abandoned')", "state"),
           nullable=False),
    Column("reason", Text),
    Column("completed_at", DateTime(timezone=True)),
    Column("settled_at", DateTime(timezone=True)),
    Column("difference", Integer),
    Column("manifest_differences", JSONB, nullable=False),
    ForeignKeyConstraint(["tenant", "scope"], ["scopes.tenant", "scopes.id"]),
    Index("batches_reference", "tenant", "reference", unique=True),
    Index("batches_complete", "tenant", "id", postgresql_where="state = 'complete'"),
)  # fmt: skip

items = Table(
    "batch_items", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("batch", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("dropped_blank", Integer, nullable=False),
    Column("received_file", Uuid, nullable=False),
    Column("document", Uuid, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("replaced_by", Uuid),
    ForeignKeyConstraint(["tenant", "batch"], _BATCH),
    ForeignKeyConstraint(["tenant", "received_file"], ["received_files.tenant", "received_files.id"]),
    ForeignKeyConstraint(["tenant", "document"], ["documents.tenant", "documents.id"]),
    Index("batch_items_batch", "tenant", "batch", "id"),
    Index("batch_items_name", "tenant", "batch", "name", unique=True, postgresql_where="replaced_by IS NULL"),
    Index("batch_items_received_file", "tenant", "received_file", unique=True),
)  # fmt: skip

refusals = Table(
    "batch_refusals", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("batch", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("settled_at", DateTime(timezone=True)),
    ForeignKeyConstraint(["tenant", "batch"], _BATCH),
    Index("batch_refusals_batch", "tenant", "batch", "id"),
    Index("batch_refusals_open", "tenant", "batch", "name", "code", unique=True,
          postgresql_where="settled_at IS NULL"),
)  # fmt: skip

receipts = Table(
    "batch_receipts", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("batch", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("body", JSONB, nullable=False),
    ForeignKeyConstraint(["tenant", "batch"], _BATCH),
)  # fmt: skip

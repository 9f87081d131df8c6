"""Received files: the bytes as they came, never updated; and which versions hold files that are documents."""

from sqlalchemy import BigInteger, Column, DateTime, ForeignKeyConstraint, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from eakte.database import metadata

received_files = Table(
    "received_files", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("blob", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("sender", Uuid, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("receipt", JSONB, nullable=False),
    ForeignKeyConstraint(["tenant", "blob"], ["blobs.tenant", "blobs.id"]),
)  # fmt: skip

containers = Table(
    "containers", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("document", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("media_type", Text),
    Column("parts", Integer),
    ForeignKeyConstraint(
        ["tenant", "document", "version"], ["versions.tenant", "versions.document", "versions.number"]
    ),
)  # fmt: skip
"""`media_type` and `parts` are null until the version was taken apart, which is done once."""

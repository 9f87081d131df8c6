"""Received files: the bytes as they came. Never updated."""

from sqlalchemy import BigInteger, Column, DateTime, ForeignKeyConstraint, Table, Text, Uuid
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

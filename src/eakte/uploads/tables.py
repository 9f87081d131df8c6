"""Uploads on their way, and their parts: sealed scratch blobs, one behind the other without a gap."""

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

uploads = Table(
    "uploads", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("owner", Uuid, nullable=False),
    Column("batch", Uuid),
    Column("metadata", Text, nullable=False),
    Column("length", BigInteger, CheckConstraint("length > 0", "length"), nullable=False),
    Column("arrived", BigInteger, CheckConstraint("arrived BETWEEN 0 AND length", "arrived"), nullable=False),
    Column("asked_for", Integer, nullable=False),
    Column("begun_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("result", JSONB),
    Index(None, "tenant", "owner", "id"),
    Index(None, "tenant", "expires_at"),
)  # fmt: skip

upload_parts = Table(
    "upload_parts", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("upload", Uuid, primary_key=True),
    Column("start", BigInteger, primary_key=True),
    Column("bytes", BigInteger, nullable=False),
    Column("blob", Uuid, nullable=False),
    ForeignKeyConstraint(["tenant", "upload"], ["uploads.tenant", "uploads.id"]),
    ForeignKeyConstraint(["tenant", "blob"], ["blobs.tenant", "blobs.id"]),
)  # fmt: skip

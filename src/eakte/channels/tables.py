"""How each source did the last time, and which mails were collected."""

from sqlalchemy import BigInteger, Column, DateTime, ForeignKeyConstraint, Index, Integer, Table, Text, Uuid

from eakte.database import metadata

channel_sources = Table(
    "channel_sources", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("code", Text),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("looked_at", DateTime(timezone=True), nullable=False),
)  # fmt: skip
"""`code`: of the problem it has, null where it works; `since`: when that began."""

collected_messages = Table(
    "collected_messages", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("source", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("sha256", Text),
    Column("received_file", Uuid),
    Column("code", Text),
    Column("tries", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(["tenant", "received_file"], ["received_files.tenant", "received_files.id"]),
    Index("collected_messages_uid", "tenant", "source", "folder", "uidvalidity", "uid", unique=True),
    Index("collected_messages_sha256", "tenant", "source", "sha256"),
)  # fmt: skip
"""A mail is done once it has a hash (received) or a code (given up); until then `tries` counts its failures."""

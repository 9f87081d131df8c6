"""How each source did the last time."""

from sqlalchemy import Column, DateTime, Table, Text, Uuid

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

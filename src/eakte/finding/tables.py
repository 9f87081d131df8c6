"""What the index holds of each document, by stamp: the difference to `documents.stamp` is the index lag."""

from sqlalchemy import BigInteger, Column, DateTime, Table, Uuid

from eakte.database import metadata

indexed = Table(
    "indexed", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("document", Uuid, primary_key=True),
    Column("stamp", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)  # fmt: skip

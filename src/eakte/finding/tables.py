"""Which index `documents.indexed_stamp` and `indexed_scope` speak about: docs/decisions/index-stamp.md."""

from sqlalchemy import Column, Table, Text, Uuid

from eakte.database import metadata

search_places = Table(
    "search_places", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("place", Text, nullable=False),
)  # fmt: skip

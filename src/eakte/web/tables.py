"""Answers kept for `Idempotency-Key`."""

from sqlalchemy import Column, DateTime, Integer, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSON, JSONB

from eakte.database import metadata

idempotency = Table(
    "idempotency", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("principal", Uuid, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("said", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", JSON, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)  # fmt: skip

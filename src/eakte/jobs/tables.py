"""How often a job failed by itself; a killed worker or an outage counts nothing."""

from sqlalchemy import Column, Integer, Table, Text, Uuid

from eakte.database import metadata

failures = Table(
    "job_failures", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("task", Text, primary_key=True),
    Column("subject", Uuid, primary_key=True),
    Column("count", Integer, nullable=False),
)  # fmt: skip

"""What scanners found, and which originals are set apart. Never updated: the newest scan of a version counts."""

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKeyConstraint, Index, Integer, Table, Text, Uuid

from eakte.database import metadata

_VERSION = ["versions.tenant", "versions.document", "versions.number"]

malware_scans = Table(
    "malware_scans", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("document", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("received_file", Uuid, nullable=False),
    Column("entry", Text),
    Column("state", Text, CheckConstraint("state IN ('clean', 'infected', 'not-scanned')", "state"), nullable=False),
    Column("signature", Text),
    Column("reason", Text),
    Column("engine", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(["tenant", "document", "version"], _VERSION),
    ForeignKeyConstraint(["tenant", "received_file"], ["received_files.tenant", "received_files.id"]),
    Index("malware_scans_received_file", "tenant", "received_file"),
)  # fmt: skip
"""`entry`: the path inside the received file, null for all of it.

`engine`: program, number of its signatures and their date, as clamd says them.
"""

quarantined_originals = Table(
    "quarantined_originals", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("document", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("cause", Text, CheckConstraint("cause IN ('macros')", "cause"), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(["tenant", "document", "version"], _VERSION),
)  # fmt: skip

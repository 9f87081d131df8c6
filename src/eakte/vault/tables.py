"""Every key of the object store that is in use; bytes without a row are swept after a day.

`sweep_periods`: from when to when a worker saw this very database at work, without a longer pause.
"""

from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, Table, Text, Uuid

from eakte.database import metadata

blobs = Table(
    "blobs", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("blob_class", Text, nullable=False),
    Column("key_id", Uuid, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sealed_bytes", BigInteger, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)  # fmt: skip

sweep_periods = Table(
    "sweep_periods", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("begun_at", DateTime(timezone=True), primary_key=True),
    Column("last_at", DateTime(timezone=True), nullable=False),
)  # fmt: skip

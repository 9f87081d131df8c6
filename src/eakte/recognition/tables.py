"""Readings and what is needed while they are made. A reading is never updated.

`readings.frames`: where each page's object begins in the stored JSON, and, last, where one more would begin; a page
ends two bytes before the next begins (see `frames`).
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    false,
)

from eakte.database import metadata

_VERSION = ["versions.tenant", "versions.document", "versions.number"]
_BLOB = ["blobs.tenant", "blobs.id"]

readings = Table(
    "readings", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("document", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("engine", Text, nullable=False),
    Column("engine_version", Text, nullable=False),
    Column("languages", Text, nullable=False),
    Column("blob", Uuid, nullable=False),
    Column("frames", ARRAY(BigInteger), nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(["tenant", "document", "version"], _VERSION),
    ForeignKeyConstraint(["tenant", "blob"], _BLOB),
)  # fmt: skip

references = Table(
    "reading_references", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("document", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("reference", Text, nullable=False),
    Column("as_read", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("page", Integer, nullable=False),
    Column("differs", Boolean, nullable=False),
    ForeignKeyConstraint(
        ["tenant", "document", "version", "number"],
        ["readings.tenant", "readings.document", "readings.version", "readings.number"],
    ),
)  # fmt: skip

runs = Table(
    "reading_runs", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("document", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("source", Uuid, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("redrawn", Boolean, server_default=false(), nullable=False),
    Column("begun_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("tenant", "document", "version"),
    ForeignKeyConstraint(["tenant", "document", "version"], _VERSION),
    ForeignKeyConstraint(["tenant", "source"], _BLOB),
)  # fmt: skip

ranges = Table(
    "reading_ranges", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("run", Uuid, nullable=False),
    Column("first_page", Integer, nullable=False),
    Column("last_page", Integer, nullable=False),
    Column("blob", Uuid),
    ForeignKeyConstraint(["tenant", "run"], ["reading_runs.tenant", "reading_runs.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["tenant", "blob"], _BLOB),
    Index("reading_ranges_run", "tenant", "run"),
)  # fmt: skip

passwords = Table(
    "document_passwords", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("document", Uuid, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(["tenant", "document"], ["documents.tenant", "documents.id"]),
)  # fmt: skip

page_images = Table(
    "page_images", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("document", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("page", Integer, primary_key=True, autoincrement=False),
    Column("width", Integer, primary_key=True, autoincrement=False),
    Column("blob", Uuid, nullable=False),
    Column("media_type", Text, nullable=False),
    ForeignKeyConstraint(["tenant", "document", "version"], _VERSION),
    ForeignKeyConstraint(["tenant", "blob"], _BLOB),
)  # fmt: skip

received_pages = Table(
    "received_pages", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("received_file", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("disposition", Text,
           CheckConstraint("disposition IN ('stored', 'blank', 'separator')", "disposition"), nullable=False),
    Column("document", Uuid),
    Column("document_page", Integer),
    Column("entry", Text),
    ForeignKeyConstraint(["tenant", "received_file"], ["received_files.tenant", "received_files.id"]),
    ForeignKeyConstraint(["tenant", "document"], ["documents.tenant", "documents.id"]),
)  # fmt: skip
"""What became of each page of a received file, entered once, when it was read; a separator is of no document."""

document_marks = Table(
    "document_marks", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("document", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("mark", BigInteger, primary_key=True, autoincrement=False),
    ForeignKeyConstraint(["tenant", "document", "version"], _VERSION),
    Index("document_marks_mark", "tenant", "mark", "document"),
)  # fmt: skip
"""By which duplicates are looked up: see `likeness.marks`. Of the newest version only."""

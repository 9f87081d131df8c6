"""Case files, their revisions, proceedings, and the lines of their content.

A line is one filed document as it stood from one revision to another; a change closes it and opens the next one under
the same number, so that a case file can be shown as of any revision with the metadata of that day.
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from eakte.database import metadata

_VERSION = ["versions.tenant", "versions.document", "versions.number"]
_CASE_FILE = ["case_files.tenant", "case_files.id"]

file_plan = Table(
    "file_plan_entries", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("file_part", Text, nullable=False),
    Column("retention_years", Integer, nullable=False),
)  # fmt: skip

case_files = Table(
    "case_files", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("file_plan_entry", Text, nullable=False),
    Column("scope", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("state", Text, CheckConstraint("state IN ('open', 'closed')", "state"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("last_number", Integer, nullable=False),
    UniqueConstraint("tenant", "reference"),
    ForeignKeyConstraint(["tenant", "scope"], ["scopes.tenant", "scopes.id"]),
    ForeignKeyConstraint(["tenant", "file_plan_entry"], ["file_plan_entries.tenant", "file_plan_entries.code"]),
    Index("case_files_scope", "tenant", "scope", "id"),
)  # fmt: skip

revisions = Table(
    "case_file_revisions", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("case_file", Uuid, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Uuid, nullable=False),
    Column("act", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("scope", Uuid, nullable=False),
    ForeignKeyConstraint(["tenant", "case_file"], _CASE_FILE),
    Index("case_file_revisions_at", "tenant", "case_file", "at"),
)  # fmt: skip

proceedings = Table(
    "proceedings", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("case_file", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("from_revision", Integer, nullable=False),
    ForeignKeyConstraint(["tenant", "case_file"], _CASE_FILE),
    Index("proceedings_case_file", "tenant", "case_file", "id"),
)  # fmt: skip

lines = Table(
    "case_file_lines", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("case_file", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("from_revision", Integer, primary_key=True, autoincrement=False),
    Column("to_revision", Integer),
    Column("document", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("proceeding", Uuid),
    Column("title", Text, nullable=False),
    Column("type_code", Text),
    Column("type_score", Float),
    Column("receipt_date", Date, nullable=False),
    Column("filed_at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(["tenant", "case_file"], _CASE_FILE),
    ForeignKeyConstraint(["tenant", "document", "version"], _VERSION),
    ForeignKeyConstraint(["tenant", "proceeding"], ["proceedings.tenant", "proceedings.id"]),
    Index("case_file_lines_document", "tenant", "document"),
    Index("case_file_lines_current", "tenant", "document", unique=True, postgresql_where="to_revision IS NULL"),
)  # fmt: skip

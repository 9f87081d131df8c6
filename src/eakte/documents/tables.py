"""Documents, their versions, where those come from, and the renditions made of them.

Columns that a higher room decides (place, case file, scope, type, reading) are plain here and written only by
`documents.acts` on that room's behalf. Versions, sources and renditions are never updated.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    false,
)

from eakte.database import metadata

_DOCUMENT = ["documents.tenant", "documents.id"]
_VERSION = ["versions.tenant", "versions.document", "versions.number"]
_BLOB = ["blobs.tenant", "blobs.id"]

_STATE = """CASE WHEN place = 'withdrawn' THEN 'withdrawn' WHEN place = 'disposed' THEN 'disposed'
 WHEN place = 'filed' THEN 'filed' WHEN reading_state = 'failed' THEN 'parked' WHEN place = 'clearing' THEN 'clearing'
 WHEN reading_state IN ('running', 'done') THEN 'reading' ELSE 'received' END"""

document_types = Table(
    "document_types", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("file_part", Text, nullable=False),
)  # fmt: skip

documents = Table(
    "documents", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("received_file", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("receipt_date", Date, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("handed_in_by", Uuid, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("asked_reference", Text),
    Column("scope", Uuid, nullable=False),
    Column("place", Text, CheckConstraint("place IN ('none', 'clearing', 'filed', 'withdrawn', 'disposed')", "place"),
           nullable=False),
    Column("reading_state", Text,
           CheckConstraint("reading_state IN ('waiting', 'running', 'done', 'failed')", "reading_state"),
           nullable=False),
    Column("state", Text, Computed(_STATE, persisted=True), nullable=False),
    Column("reason", Text),
    Column("reading_reason", Text),
    Column("asks", Text),
    Column("type_code", Text),
    Column("type_score", Float),
    Column("pages", Integer),
    Column("version", Integer, nullable=False),
    Column("case_file", Uuid),
    Column("proposed_case_file", Uuid),
    Column("proposed_reference", Text),
    Column("clearing_since", DateTime(timezone=True)),
    Column("revision", Integer, nullable=False),
    Column("stamp", BigInteger, nullable=False),
    Column("indexed_stamp", BigInteger, nullable=False),
    Column("indexed_scope", Uuid),
    Column("changed_at", DateTime(timezone=True)),
    ForeignKeyConstraint(["tenant", "scope"], ["scopes.tenant", "scopes.id"]),
    ForeignKeyConstraint(["tenant", "received_file"], ["received_files.tenant", "received_files.id"]),
    Index("documents_list", "tenant", "id", "state"),
    Index("documents_state", "tenant", "state", "id"),
    Index("documents_case_file", "tenant", "case_file", "id"),
    Index("documents_received_file", "tenant", "received_file", "id"),
    Index("documents_behind", "tenant", "id", postgresql_where="stamp > indexed_stamp"),
    Index("documents_clearing", "tenant", "clearing_since", "id", postgresql_where="place = 'clearing'"),
)  # fmt: skip

versions = Table(
    "versions", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("document", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Uuid, nullable=False),
    ForeignKeyConstraint(["tenant", "document"], _DOCUMENT),
)  # fmt: skip

sources = Table(
    "version_sources", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("document", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("received_file", Uuid, nullable=False),
    Column("first_page", Integer),
    Column("last_page", Integer),
    Column("entry", Text),
    Column("embedded", Boolean, server_default=false(), nullable=False),
    ForeignKeyConstraint(["tenant", "document", "version"], _VERSION),
    ForeignKeyConstraint(["tenant", "received_file"], ["received_files.tenant", "received_files.id"]),
)  # fmt: skip

renditions = Table(
    "renditions", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("document", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("blob", Uuid, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("maker", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("conformance", Text),
    Column("conformance_reason", Text),
    ForeignKeyConstraint(["tenant", "document", "version"], _VERSION),
    ForeignKeyConstraint(["tenant", "blob"], _BLOB),
)  # fmt: skip

whole_deliveries = Table(
    "whole_deliveries", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("document", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("scope", Uuid, nullable=False),
    Column("separated_at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(["tenant", "document", "version"], _VERSION),
    ForeignKeyConstraint(["tenant", "scope"], ["scopes.tenant", "scopes.id"]),
)  # fmt: skip
"""Versions whose pages are now several documents, and the scope of those who may still open the whole."""

relations = Table(
    "relations", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("document", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("other", Uuid, primary_key=True),
    ForeignKeyConstraint(["tenant", "document"], _DOCUMENT),
    ForeignKeyConstraint(["tenant", "other"], _DOCUMENT),
)  # fmt: skip

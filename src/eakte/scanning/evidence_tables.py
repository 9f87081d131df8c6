"""What is kept as proof of scanning. Rows of requests, holds and releases are updated once, when they end."""

from sqlalchemy import (
    ARRAY,
    Boolean,
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
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from eakte.database import metadata

_BATCH = ["batches.tenant", "batches.id"]
_DOCUMENT = ["documents.tenant", "documents.id"]
_VERSION = ["versions.tenant", "versions.document", "versions.number"]

scan_profiles = Table(
    "scan_profiles", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("sides", Integer, CheckConstraint("sides IN (1, 2)", "sides"), nullable=False),
    Column("resolution", Integer, nullable=False),
    Column("colour", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("defined_by", Uuid, nullable=False),
    Column("defined_at", DateTime(timezone=True), nullable=False),
    Column("released_by", Uuid, CheckConstraint("released_by <> defined_by", "four_eyes")),
    Column("released_at", DateTime(timezone=True)),
)  # fmt: skip

scan_procedures = Table(
    "scan_procedures", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("title", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("since", Date, nullable=False),
    Column("contractor", JSONB, nullable=False),
    Column("client", JSONB),
    Column("adopted_by", Uuid, nullable=False),
    Column("adopted_at", DateTime(timezone=True), nullable=False),
)  # fmt: skip

captures = Table(
    "batch_captures", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("batch", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("scanner", JSONB, nullable=False),
    Column("begun_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("reworked", Boolean, nullable=False),
    Column("remarks", JSONB, nullable=False),
    Column("said_by", Uuid, nullable=False),
    Column("said_at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(["tenant", "batch"], _BATCH),
)  # fmt: skip

page_findings = Table(
    "page_findings", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("document", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("page", Integer),
    Column("code", Text, nullable=False),
    Column("detail", Text, nullable=False),
    ForeignKeyConstraint(["tenant", "document", "version"], _VERSION),
)  # fmt: skip

transfer_notes = Table(
    "transfer_notes", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("document", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("note", JSONB, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(["tenant", "document", "version"], _VERSION),
)  # fmt: skip
"""Beside the document, as receipts are beside received files; never updated."""

quality_states = Table(
    "quality_states", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("batch", Uuid, primary_key=True),
    Column("state", Text, CheckConstraint("state IN ('open', 'passed', 'failed')", "state"), nullable=False),
    Column("share", Float, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("documents", Integer, server_default="0", nullable=False),
    Column("sampled", Integer, server_default="0", nullable=False),
    Column("drawn_for", DateTime(timezone=True)),
    ForeignKeyConstraint(["tenant", "batch"], _BATCH),
)  # fmt: skip
"""What the newest check of each sampled document comes to; made when the sample is drawn.

`documents`, `sampled`: how many there were when it was last drawn or judged. `drawn_for`: `settled_at` of the settling
after which all was drawn and noted.
"""

quality_samples = Table(
    "quality_samples", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("batch", Uuid, primary_key=True),
    Column("document", Uuid, primary_key=True),
    Column("added_by", Uuid, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(["tenant", "batch"], _BATCH),
    ForeignKeyConstraint(["tenant", "document"], _DOCUMENT),
)  # fmt: skip

quality_checks = Table(
    "quality_checks", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("batch", Uuid, primary_key=True),
    Column("document", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("result", Text, CheckConstraint("result IN ('passed', 'failed')", "result"), nullable=False),
    Column("remark", Text),
    Column("checked_by", Uuid, nullable=False),
    Column("checked_at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(
        ["tenant", "batch", "document"],
        ["quality_samples.tenant", "quality_samples.batch", "quality_samples.document"],
    ),
)  # fmt: skip
"""Never updated: a document that failed and was mended is checked again, and the newest check counts."""

rescan_requests = Table(
    "rescan_requests", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("batch", Uuid, nullable=False),
    Column("document", Uuid, nullable=False),
    Column("reason", Text, nullable=False),
    Column("pages", ARRAY(Integer), nullable=False),
    Column("requested_by", Uuid, nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("outcome", Text, CheckConstraint("outcome IN ('item', 'batch', 'withdrawn')", "outcome")),
    Column("answered_by", Uuid),
    Column("answered_at", DateTime(timezone=True)),
    Column("answer_batch", Uuid),
    Column("answer_item", Uuid),
    Column("answer_remark", Text),
    ForeignKeyConstraint(["tenant", "batch"], _BATCH),
    ForeignKeyConstraint(["tenant", "answer_batch"], _BATCH),
    ForeignKeyConstraint(["tenant", "document"], _DOCUMENT),
    Index("rescan_requests_batch", "tenant", "batch", "id"),
)  # fmt: skip

original_holds = Table(
    "original_holds", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("document", Uuid, nullable=False),
    Column("batch", Uuid, nullable=False),
    Column("reason", Text, nullable=False),
    Column("held_by", Uuid, nullable=False),
    Column("held_at", DateTime(timezone=True), nullable=False),
    Column("ended_by", Uuid),
    Column("ended_at", DateTime(timezone=True)),
    ForeignKeyConstraint(["tenant", "batch"], _BATCH),
    ForeignKeyConstraint(["tenant", "document"], _DOCUMENT),
    Index("original_holds_batch", "tenant", "batch", postgresql_where="ended_at IS NULL"),
)  # fmt: skip

original_releases = Table(
    "original_releases", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("decision", Text, CheckConstraint("decision IN ('released', 'refused')", "decision")),
    Column("proposed_by", Uuid, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("decided_by", Uuid, CheckConstraint("decided_by <> proposed_by OR decision = 'refused'", "four_eyes")),
    Column("decided_at", DateTime(timezone=True)),
    Column("list", JSONB),
)  # fmt: skip
"""`decision`: null while it is only proposed; `list`: the signed object, once it is released."""

released_batches = Table(
    "original_release_batches", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("release", Uuid, primary_key=True),
    Column("batch", Uuid, primary_key=True),
    ForeignKeyConstraint(["tenant", "release"], ["original_releases.tenant", "original_releases.id"]),
    ForeignKeyConstraint(["tenant", "batch"], _BATCH),
    Index("original_release_batches_batch", "tenant", "batch"),
)  # fmt: skip

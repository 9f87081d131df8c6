"""Tables of access. `tenants` may be seen by its id, by naming it, or by the installation's own commands."""

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from eakte.database import metadata

tenants = Table(
    "tenants", metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)  # fmt: skip

org_units = Table(
    "org_units", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("above", Uuid),
    UniqueConstraint("tenant", "code"),
    ForeignKeyConstraint(["tenant", "above"], ["org_units.tenant", "org_units.id"]),
)  # fmt: skip

scopes = Table(
    "scopes", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("org_unit", Uuid, nullable=False),
    Column("file_part", Text, nullable=False),
    Column("protection", Text, nullable=False),
    UniqueConstraint("tenant", "org_unit", "file_part", "protection"),
    ForeignKeyConstraint(["tenant", "org_unit"], ["org_units.tenant", "org_units.id"]),
)  # fmt: skip

principals = Table(
    "principals", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, CheckConstraint("kind IN ('user', 'key')", "kind"), nullable=False),
    Column("name", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("org_units", ARRAY(Uuid)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Index("principals_name_key", "tenant", "kind", "name", unique=True, postgresql_where="ended_at IS NULL"),
)  # fmt: skip

sessions = Table(
    "sessions", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("principal", Uuid, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(["tenant", "principal"], ["principals.tenant", "principals.id"]),
)  # fmt: skip

sign_in_failures = Table(
    "sign_in_failures", metadata,
    Column("tenant", Uuid, primary_key=True),
    Column("name_digest", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
)  # fmt: skip

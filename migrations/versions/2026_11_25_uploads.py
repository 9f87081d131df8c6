"""Uploads that may be cut and go on, and the parts of them that have arrived."""

from alembic import context, op

revision = "2026_11_25_uploads"
down_revision = "2026_11_25_taking_apart"

LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10min'"


def upgrade() -> None:
    """Upgrade; there is no way back but a restore."""
    op.execute(LIMITS)
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    tenant = "tenant = (SELECT nullif(current_setting('eakte.tenant', true), '')::uuid)"
    op.execute("""
        CREATE TABLE uploads (
            tenant UUID NOT NULL,
            id UUID NOT NULL,
            owner UUID NOT NULL,
            batch UUID,
            metadata TEXT NOT NULL,
            length BIGINT NOT NULL CONSTRAINT uploads_length_check CHECK (length > 0),
            arrived BIGINT NOT NULL CONSTRAINT uploads_arrived_check CHECK (arrived BETWEEN 0 AND length),
            asked_for INTEGER NOT NULL,
            begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
            expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
            result JSONB,
            CONSTRAINT uploads_pkey PRIMARY KEY (tenant, id)
        );
        CREATE INDEX uploads_tenant_owner_id_idx ON uploads (tenant, owner, id);
        CREATE INDEX uploads_tenant_expires_at_idx ON uploads (tenant, expires_at);
        CREATE TABLE upload_parts (
            tenant UUID NOT NULL,
            upload UUID NOT NULL,
            start BIGINT NOT NULL,
            bytes BIGINT NOT NULL,
            blob UUID NOT NULL,
            CONSTRAINT upload_parts_pkey PRIMARY KEY (tenant, upload, start),
            CONSTRAINT upload_parts_tenant_upload_fkey FOREIGN KEY(tenant, upload) REFERENCES uploads (tenant, id),
            CONSTRAINT upload_parts_tenant_blob_fkey FOREIGN KEY(tenant, blob) REFERENCES blobs (tenant, id)
        )""")
    for table in ("uploads", "upload_parts"):
        op.execute(f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON {table} USING ({tenant}) WITH CHECK ({tenant})""")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON uploads TO {app}")
    op.execute(f"GRANT SELECT, INSERT, DELETE ON upload_parts TO {app}")

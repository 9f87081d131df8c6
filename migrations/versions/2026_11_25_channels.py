"""How watched folders and mailboxes do, and which mails were collected."""

from alembic import context, op

revision = "2026_11_25_channels"
down_revision = "2026_11_25_pages_inside"

LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10min'"


def upgrade() -> None:
    """Upgrade; there is no way back but a restore."""
    op.execute(LIMITS)
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute("""
        CREATE TABLE channel_sources (
            tenant UUID NOT NULL,
            name TEXT NOT NULL,
            code TEXT,
            since TIMESTAMP WITH TIME ZONE NOT NULL,
            looked_at TIMESTAMP WITH TIME ZONE NOT NULL,
            CONSTRAINT channel_sources_pkey PRIMARY KEY (tenant, name)
        )""")
    op.execute("""
        CREATE TABLE collected_messages (
            tenant UUID NOT NULL,
            id UUID NOT NULL,
            source TEXT NOT NULL,
            folder TEXT NOT NULL,
            uidvalidity BIGINT NOT NULL,
            uid BIGINT NOT NULL,
            sha256 TEXT,
            received_file UUID,
            code TEXT,
            tries INTEGER NOT NULL,
            at TIMESTAMP WITH TIME ZONE NOT NULL,
            CONSTRAINT collected_messages_pkey PRIMARY KEY (tenant, id),
            CONSTRAINT collected_messages_tenant_received_file_fkey
                FOREIGN KEY(tenant, received_file) REFERENCES received_files (tenant, id)
        );
        CREATE UNIQUE INDEX collected_messages_uid
            ON collected_messages (tenant, source, folder, uidvalidity, uid);
        CREATE INDEX collected_messages_sha256 ON collected_messages (tenant, source, sha256)""")
    tenant = "tenant = (SELECT nullif(current_setting('eakte.tenant', true), '')::uuid)"
    for table in ("channel_sources", "collected_messages"):
        op.execute(f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON {table} USING ({tenant}) WITH CHECK ({tenant});
            GRANT SELECT, INSERT, UPDATE ON {table} TO {app}""")

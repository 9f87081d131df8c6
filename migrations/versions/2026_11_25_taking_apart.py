"""Which versions hold files that are documents, and where in a received file a document came from."""

from alembic import context, op

revision = "2026_11_25_taking_apart"
down_revision = "2026_11_25_separation"

LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10min'"


def upgrade() -> None:
    """Upgrade; there is no way back but a restore."""
    op.execute(LIMITS)
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    tenant = "tenant = (SELECT nullif(current_setting('eakte.tenant', true), '')::uuid)"
    op.execute(f"""
        ALTER TABLE version_sources ADD COLUMN entry TEXT;
        CREATE TABLE containers (
            tenant UUID NOT NULL,
            document UUID NOT NULL,
            version INTEGER NOT NULL,
            media_type TEXT,
            parts INTEGER,
            CONSTRAINT containers_pkey PRIMARY KEY (tenant, document, version),
            CONSTRAINT containers_tenant_document_version_fkey
                FOREIGN KEY(tenant, document, version) REFERENCES versions (tenant, document, number)
        );
        ALTER TABLE containers ENABLE ROW LEVEL SECURITY;
        ALTER TABLE containers FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON containers USING ({tenant}) WITH CHECK ({tenant});
        GRANT SELECT, INSERT, UPDATE ON containers TO {app}""")

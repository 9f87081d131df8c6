"""Versions that are a whole delivery which was cut into documents: only who sees what is unfiled may open them."""

from alembic import context, op

revision = "2026_11_25_separation"
down_revision = "2026_11_25_evidence"

LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10min'"


def upgrade() -> None:
    """Upgrade; there is no way back but a restore."""
    op.execute(LIMITS)
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    tenant = "tenant = (SELECT nullif(current_setting('eakte.tenant', true), '')::uuid)"
    op.execute(f"""
        CREATE TABLE whole_deliveries (
            tenant UUID NOT NULL,
            document UUID NOT NULL,
            version INTEGER NOT NULL,
            scope UUID NOT NULL,
            separated_at TIMESTAMP WITH TIME ZONE NOT NULL,
            CONSTRAINT whole_deliveries_pkey PRIMARY KEY (tenant, document, version),
            CONSTRAINT whole_deliveries_tenant_document_version_fkey
                FOREIGN KEY(tenant, document, version) REFERENCES versions (tenant, document, number),
            CONSTRAINT whole_deliveries_tenant_scope_fkey
                FOREIGN KEY(tenant, scope) REFERENCES scopes (tenant, id)
        );
        ALTER TABLE whole_deliveries ENABLE ROW LEVEL SECURITY;
        ALTER TABLE whole_deliveries FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON whole_deliveries USING ({tenant}) WITH CHECK ({tenant});
        GRANT SELECT, INSERT ON whole_deliveries TO {app}""")

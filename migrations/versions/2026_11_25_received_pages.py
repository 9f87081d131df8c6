"""What became of each page of a received file, by which a batch of a scanning centre is counted."""

from alembic import context, op

revision = "2026_11_25_received_pages"
down_revision = "2026_11_22_changed_at"

LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10min'"


def upgrade() -> None:
    """Upgrade; there is no way back but a restore."""
    op.execute(LIMITS)
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    tenant = "tenant = (SELECT nullif(current_setting('eakte.tenant', true), '')::uuid)"
    op.execute(f"""
        CREATE TABLE received_pages (
            tenant UUID NOT NULL,
            received_file UUID NOT NULL,
            number INTEGER NOT NULL,
            disposition TEXT NOT NULL
                CONSTRAINT received_pages_disposition_check CHECK (disposition IN ('stored', 'blank', 'separator')),
            document UUID,
            document_page INTEGER,
            CONSTRAINT received_pages_pkey PRIMARY KEY (tenant, received_file, number),
            CONSTRAINT received_pages_tenant_received_file_fkey
                FOREIGN KEY(tenant, received_file) REFERENCES received_files (tenant, id),
            CONSTRAINT received_pages_tenant_document_fkey
                FOREIGN KEY(tenant, document) REFERENCES documents (tenant, id)
        );
        ALTER TABLE received_pages ENABLE ROW LEVEL SECURITY;
        ALTER TABLE received_pages FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON received_pages USING ({tenant}) WITH CHECK ({tenant});
        GRANT SELECT, INSERT ON received_pages TO {app}""")

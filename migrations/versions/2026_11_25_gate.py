"""What scanners found, which originals are kept apart, what a parked document asks for, what duplicates share."""

from alembic import context, op

revision = "2026_11_25_gate"
down_revision = "2026_11_25_uploads"

LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10min'"


def upgrade() -> None:
    """Upgrade; there is no way back but a restore."""
    op.execute(LIMITS)
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    tenant = "tenant = (SELECT nullif(current_setting('eakte.tenant', true), '')::uuid)"
    op.execute("""
        ALTER TABLE documents ADD COLUMN asks TEXT;
        CREATE TABLE malware_scans (
            tenant UUID NOT NULL,
            document UUID NOT NULL,
            version INTEGER NOT NULL,
            number INTEGER NOT NULL,
            received_file UUID NOT NULL,
            entry TEXT,
            state TEXT NOT NULL
                CONSTRAINT malware_scans_state_check CHECK (state IN ('clean', 'infected', 'not-scanned')),
            signature TEXT,
            reason TEXT,
            engine TEXT NOT NULL,
            at TIMESTAMP WITH TIME ZONE NOT NULL,
            CONSTRAINT malware_scans_pkey PRIMARY KEY (tenant, document, version, number),
            CONSTRAINT malware_scans_tenant_document_version_fkey
                FOREIGN KEY(tenant, document, version) REFERENCES versions (tenant, document, number),
            CONSTRAINT malware_scans_tenant_received_file_fkey
                FOREIGN KEY(tenant, received_file) REFERENCES received_files (tenant, id)
        );
        CREATE INDEX malware_scans_received_file ON malware_scans (tenant, received_file);
        CREATE TABLE quarantined_originals (
            tenant UUID NOT NULL,
            document UUID NOT NULL,
            version INTEGER NOT NULL,
            cause TEXT NOT NULL CONSTRAINT quarantined_originals_cause_check CHECK (cause IN ('macros')),
            at TIMESTAMP WITH TIME ZONE NOT NULL,
            CONSTRAINT quarantined_originals_pkey PRIMARY KEY (tenant, document, version, cause),
            CONSTRAINT quarantined_originals_tenant_document_version_fkey
                FOREIGN KEY(tenant, document, version) REFERENCES versions (tenant, document, number)
        );
        CREATE TABLE document_marks (
            tenant UUID NOT NULL,
            document UUID NOT NULL,
            version INTEGER NOT NULL,
            mark BIGINT NOT NULL,
            CONSTRAINT document_marks_pkey PRIMARY KEY (tenant, document, version, mark),
            CONSTRAINT document_marks_tenant_document_version_fkey
                FOREIGN KEY(tenant, document, version) REFERENCES versions (tenant, document, number)
        );
        CREATE INDEX document_marks_mark ON document_marks (tenant, mark, document)""")
    for table in ("malware_scans", "quarantined_originals", "document_marks"):
        op.execute(f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON {table} USING ({tenant}) WITH CHECK ({tenant});
            GRANT SELECT, INSERT ON {table} TO {app}""")
    op.execute(f"GRANT DELETE ON document_marks TO {app}")

"""Batches of a scanning centre, their items, refusals and receipts."""

from alembic import context, op

revision = "2026_11_25_batches"
down_revision = "2026_11_25_received_pages"

LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10min'"

TABLES = """
    CREATE TABLE batches (
        tenant UUID NOT NULL,
        id UUID NOT NULL,
        reference TEXT NOT NULL,
        profile TEXT NOT NULL,
        operator TEXT NOT NULL,
        expected_sheets INTEGER NOT NULL,
        sides INTEGER NOT NULL,
        announced_by UUID NOT NULL,
        announced_at TIMESTAMP WITH TIME ZONE NOT NULL,
        scope UUID NOT NULL,
        state TEXT NOT NULL
            CONSTRAINT batches_state_check
                CHECK (state IN ('open', 'complete', 'reconciled', 'differs', 'abandoned')),
        reason TEXT,
        completed_at TIMESTAMP WITH TIME ZONE,
        settled_at TIMESTAMP WITH TIME ZONE,
        manifest_differences JSONB NOT NULL,
        CONSTRAINT batches_pkey PRIMARY KEY (tenant, id),
        CONSTRAINT batches_tenant_scope_fkey FOREIGN KEY(tenant, scope) REFERENCES scopes (tenant, id)
    );
    CREATE UNIQUE INDEX batches_reference ON batches (tenant, reference);
    CREATE INDEX batches_complete ON batches (tenant, id) WHERE state = 'complete';

    CREATE TABLE batch_items (
        tenant UUID NOT NULL,
        id UUID NOT NULL,
        batch UUID NOT NULL,
        name TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        bytes BIGINT NOT NULL,
        pages INTEGER NOT NULL,
        dropped_blank INTEGER NOT NULL,
        received_file UUID NOT NULL,
        document UUID NOT NULL,
        received_at TIMESTAMP WITH TIME ZONE NOT NULL,
        replaced_by UUID,
        CONSTRAINT batch_items_pkey PRIMARY KEY (tenant, id),
        CONSTRAINT batch_items_tenant_batch_fkey FOREIGN KEY(tenant, batch) REFERENCES batches (tenant, id),
        CONSTRAINT batch_items_tenant_received_file_fkey
            FOREIGN KEY(tenant, received_file) REFERENCES received_files (tenant, id),
        CONSTRAINT batch_items_tenant_document_fkey FOREIGN KEY(tenant, document) REFERENCES documents (tenant, id)
    );
    CREATE INDEX batch_items_batch ON batch_items (tenant, batch, id);
    CREATE UNIQUE INDEX batch_items_name ON batch_items (tenant, batch, name) WHERE replaced_by IS NULL;
    CREATE UNIQUE INDEX batch_items_received_file ON batch_items (tenant, received_file);

    CREATE TABLE batch_refusals (
        tenant UUID NOT NULL,
        id UUID NOT NULL,
        batch UUID NOT NULL,
        name TEXT NOT NULL,
        code TEXT NOT NULL,
        reason TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        settled_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT batch_refusals_pkey PRIMARY KEY (tenant, id),
        CONSTRAINT batch_refusals_tenant_batch_fkey FOREIGN KEY(tenant, batch) REFERENCES batches (tenant, id)
    );
    CREATE INDEX batch_refusals_batch ON batch_refusals (tenant, batch, id);
    CREATE UNIQUE INDEX batch_refusals_open ON batch_refusals (tenant, batch, name, code) WHERE settled_at IS NULL;

    CREATE TABLE batch_receipts (
        tenant UUID NOT NULL,
        batch UUID NOT NULL,
        kind TEXT NOT NULL,
        number INTEGER NOT NULL,
        made_at TIMESTAMP WITH TIME ZONE NOT NULL,
        body JSONB NOT NULL,
        CONSTRAINT batch_receipts_pkey PRIMARY KEY (tenant, batch, kind, number),
        CONSTRAINT batch_receipts_tenant_batch_fkey FOREIGN KEY(tenant, batch) REFERENCES batches (tenant, id)
    )"""
CHANGES = {
    "batches": "UPDATE (state, reason, completed_at, settled_at, manifest_differences)",
    "batch_items": "UPDATE (replaced_by)",
    "batch_refusals": "UPDATE (reason, at, settled_at)",
    "batch_receipts": "",
}


def upgrade() -> None:
    """Upgrade; there is no way back but a restore."""
    op.execute(LIMITS)
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    tenant = "tenant = (SELECT nullif(current_setting('eakte.tenant', true), '')::uuid)"
    op.execute(TABLES)
    for table, changes in CHANGES.items():
        op.execute(f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON {table} USING ({tenant}) WITH CHECK ({tenant});
            GRANT SELECT, INSERT{", " + changes if changes else ""} ON {table} TO {app}""")

"""Proof of scanning: profiles, transfer notes, quality checks, rescan requests, and paper that may be destroyed."""

from alembic import context, op

revision = "2026_11_25_evidence"
down_revision = "2026_11_25_batches"

LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10min'"

TABLES = """
    ALTER TABLE batches ADD COLUMN profile_version INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE batches ALTER COLUMN profile_version DROP DEFAULT;

    CREATE TABLE scan_profiles (
        tenant UUID NOT NULL,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        sides INTEGER NOT NULL CONSTRAINT scan_profiles_sides_check CHECK (sides IN (1, 2)),
        resolution INTEGER NOT NULL,
        colour TEXT NOT NULL,
        format TEXT NOT NULL,
        defined_by UUID NOT NULL,
        defined_at TIMESTAMP WITH TIME ZONE NOT NULL,
        released_by UUID CONSTRAINT scan_profiles_four_eyes_check CHECK (released_by <> defined_by),
        released_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT scan_profiles_pkey PRIMARY KEY (tenant, name, version)
    );

    CREATE TABLE scan_procedures (
        tenant UUID NOT NULL,
        id UUID NOT NULL,
        title TEXT NOT NULL,
        version TEXT NOT NULL,
        since DATE NOT NULL,
        contractor JSONB NOT NULL,
        client JSONB,
        adopted_by UUID NOT NULL,
        adopted_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT scan_procedures_pkey PRIMARY KEY (tenant, id)
    );

    CREATE TABLE batch_captures (
        tenant UUID NOT NULL,
        batch UUID NOT NULL,
        number INTEGER NOT NULL,
        scanner JSONB NOT NULL,
        begun_at TIMESTAMP WITH TIME ZONE,
        ended_at TIMESTAMP WITH TIME ZONE,
        reworked BOOLEAN NOT NULL,
        remarks JSONB NOT NULL,
        said_by UUID NOT NULL,
        said_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT batch_captures_pkey PRIMARY KEY (tenant, batch, number),
        CONSTRAINT batch_captures_tenant_batch_fkey FOREIGN KEY(tenant, batch) REFERENCES batches (tenant, id)
    );

    CREATE TABLE page_findings (
        tenant UUID NOT NULL,
        document UUID NOT NULL,
        version INTEGER NOT NULL,
        position INTEGER NOT NULL,
        page INTEGER,
        code TEXT NOT NULL,
        detail TEXT NOT NULL,
        CONSTRAINT page_findings_pkey PRIMARY KEY (tenant, document, version, position),
        CONSTRAINT page_findings_tenant_document_fkey
            FOREIGN KEY(tenant, document, version) REFERENCES versions (tenant, document, number)
    );

    CREATE TABLE transfer_notes (
        tenant UUID NOT NULL,
        document UUID NOT NULL,
        number INTEGER NOT NULL,
        version INTEGER NOT NULL,
        note JSONB NOT NULL,
        made_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT transfer_notes_pkey PRIMARY KEY (tenant, document, number),
        CONSTRAINT transfer_notes_tenant_document_fkey
            FOREIGN KEY(tenant, document, version) REFERENCES versions (tenant, document, number)
    );

    CREATE TABLE quality_states (
        tenant UUID NOT NULL,
        batch UUID NOT NULL,
        state TEXT NOT NULL CONSTRAINT quality_states_state_check CHECK (state IN ('open', 'passed', 'failed')),
        share DOUBLE PRECISION NOT NULL,
        since TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT quality_states_pkey PRIMARY KEY (tenant, batch),
        CONSTRAINT quality_states_tenant_batch_fkey FOREIGN KEY(tenant, batch) REFERENCES batches (tenant, id)
    );

    CREATE TABLE quality_samples (
        tenant UUID NOT NULL,
        batch UUID NOT NULL,
        document UUID NOT NULL,
        added_by UUID NOT NULL,
        added_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT quality_samples_pkey PRIMARY KEY (tenant, batch, document),
        CONSTRAINT quality_samples_tenant_batch_fkey FOREIGN KEY(tenant, batch) REFERENCES batches (tenant, id),
        CONSTRAINT quality_samples_tenant_document_fkey
            FOREIGN KEY(tenant, document) REFERENCES documents (tenant, id)
    );

    CREATE TABLE quality_checks (
        tenant UUID NOT NULL,
        batch UUID NOT NULL,
        document UUID NOT NULL,
        number INTEGER NOT NULL,
        result TEXT NOT NULL CONSTRAINT quality_checks_result_check CHECK (result IN ('passed', 'failed')),
        remark TEXT,
        checked_by UUID NOT NULL,
        checked_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT quality_checks_pkey PRIMARY KEY (tenant, batch, document, number),
        CONSTRAINT quality_checks_tenant_batch_fkey
            FOREIGN KEY(tenant, batch, document) REFERENCES quality_samples (tenant, batch, document)
    );

    CREATE TABLE rescan_requests (
        tenant UUID NOT NULL,
        id UUID NOT NULL,
        batch UUID NOT NULL,
        document UUID NOT NULL,
        reason TEXT NOT NULL,
        pages INTEGER[] NOT NULL,
        requested_by UUID NOT NULL,
        requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
        outcome TEXT CONSTRAINT rescan_requests_outcome_check CHECK (outcome IN ('item', 'batch', 'withdrawn')),
        answered_by UUID,
        answered_at TIMESTAMP WITH TIME ZONE,
        answer_batch UUID,
        answer_item UUID,
        answer_remark TEXT,
        CONSTRAINT rescan_requests_pkey PRIMARY KEY (tenant, id),
        CONSTRAINT rescan_requests_tenant_batch_fkey FOREIGN KEY(tenant, batch) REFERENCES batches (tenant, id),
        CONSTRAINT rescan_requests_tenant_answer_batch_fkey
            FOREIGN KEY(tenant, answer_batch) REFERENCES batches (tenant, id),
        CONSTRAINT rescan_requests_tenant_document_fkey
            FOREIGN KEY(tenant, document) REFERENCES documents (tenant, id)
    );
    CREATE INDEX rescan_requests_batch ON rescan_requests (tenant, batch, id);

    CREATE TABLE original_holds (
        tenant UUID NOT NULL,
        id UUID NOT NULL,
        document UUID NOT NULL,
        batch UUID NOT NULL,
        reason TEXT NOT NULL,
        held_by UUID NOT NULL,
        held_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ended_by UUID,
        ended_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT original_holds_pkey PRIMARY KEY (tenant, id),
        CONSTRAINT original_holds_tenant_batch_fkey FOREIGN KEY(tenant, batch) REFERENCES batches (tenant, id),
        CONSTRAINT original_holds_tenant_document_fkey
            FOREIGN KEY(tenant, document) REFERENCES documents (tenant, id)
    );
    CREATE INDEX original_holds_batch ON original_holds (tenant, batch) WHERE ended_at IS NULL;

    CREATE TABLE original_releases (
        tenant UUID NOT NULL,
        id UUID NOT NULL,
        decision TEXT
            CONSTRAINT original_releases_decision_check CHECK (decision IN ('released', 'refused')),
        proposed_by UUID NOT NULL,
        proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        decided_by UUID
            CONSTRAINT original_releases_four_eyes_check CHECK (decided_by <> proposed_by OR decision = 'refused'),
        decided_at TIMESTAMP WITH TIME ZONE,
        list JSONB,
        CONSTRAINT original_releases_pkey PRIMARY KEY (tenant, id)
    );

    CREATE TABLE original_release_batches (
        tenant UUID NOT NULL,
        release UUID NOT NULL,
        batch UUID NOT NULL,
        CONSTRAINT original_release_batches_pkey PRIMARY KEY (tenant, release, batch),
        CONSTRAINT original_release_batches_tenant_release_fkey
            FOREIGN KEY(tenant, release) REFERENCES original_releases (tenant, id),
        CONSTRAINT original_release_batches_tenant_batch_fkey
            FOREIGN KEY(tenant, batch) REFERENCES batches (tenant, id)
    );
    CREATE INDEX original_release_batches_batch ON original_release_batches (tenant, batch)"""
CHANGES = {
    "scan_profiles": "UPDATE (released_by, released_at)",
    "scan_procedures": "",
    "batch_captures": "",
    "page_findings": "",
    "transfer_notes": "",
    "quality_states": "UPDATE (state, since)",
    "quality_samples": "",
    "quality_checks": "",
    "rescan_requests": "UPDATE (outcome, answered_by, answered_at, answer_batch, answer_item, answer_remark)",
    "original_holds": "UPDATE (ended_by, ended_at)",
    "original_releases": "UPDATE (decision, decided_by, decided_at, list)",
    "original_release_batches": "",
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

-- Tables of the spine. Policies, triggers and rights stand in 2026_11_22_spine.py.

CREATE TABLE blobs (
    tenant UUID NOT NULL,
    id UUID NOT NULL,
    blob_class TEXT NOT NULL,
    key_id UUID NOT NULL,
    sha256 BYTEA NOT NULL,
    bytes BIGINT NOT NULL,
    sealed_bytes BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT blobs_pkey PRIMARY KEY (tenant, id)
);

CREATE TABLE document_types (
    tenant UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    file_part TEXT NOT NULL,
    CONSTRAINT document_types_pkey PRIMARY KEY (tenant, code)
);

CREATE TABLE file_plan_entries (
    tenant UUID NOT NULL,
    code TEXT NOT NULL,
    title TEXT NOT NULL,
    file_part TEXT NOT NULL,
    retention_years INTEGER NOT NULL,
    CONSTRAINT file_plan_entries_pkey PRIMARY KEY (tenant, code)
);

CREATE TABLE idempotency (
    tenant UUID NOT NULL,
    principal UUID NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    said BYTEA NOT NULL,
    status INTEGER NOT NULL,
    answer JSON NOT NULL,
    headers JSONB NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT idempotency_pkey PRIMARY KEY (tenant, principal, route, key)
);

CREATE TABLE job_failures (
    tenant UUID NOT NULL,
    task TEXT NOT NULL,
    subject UUID NOT NULL,
    count INTEGER NOT NULL,
    CONSTRAINT job_failures_pkey PRIMARY KEY (tenant, task, subject)
);

CREATE TABLE journal_entries (
    tenant UUID NOT NULL,
    no BIGINT GENERATED ALWAYS AS IDENTITY,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor UUID NOT NULL,
    act TEXT NOT NULL,
    subject UUID NOT NULL,
    details_digest BYTEA NOT NULL,
    CONSTRAINT journal_entries_pkey PRIMARY KEY (tenant, no)
);

CREATE TABLE journal_reads (
    tenant UUID NOT NULL,
    actor UUID NOT NULL,
    act TEXT NOT NULL,
    what BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT journal_reads_pkey PRIMARY KEY (tenant, actor, act, what)
);

CREATE TABLE journal_unsealed (
    tenant UUID NOT NULL,
    entry BIGINT NOT NULL,
    CONSTRAINT journal_unsealed_pkey PRIMARY KEY (tenant, entry)
);

CREATE TABLE org_units (
    tenant UUID NOT NULL,
    id UUID NOT NULL,
    code TEXT NOT NULL,
    title TEXT NOT NULL,
    above UUID,
    CONSTRAINT org_units_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT org_units_tenant_code_key UNIQUE (tenant, code),
    CONSTRAINT org_units_tenant_above_fkey FOREIGN KEY(tenant, above) REFERENCES org_units (tenant, id)
);

CREATE TABLE principals (
    tenant UUID NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL CONSTRAINT principals_kind_check CHECK (kind IN ('user', 'key')),
    name TEXT NOT NULL,
    secret BYTEA NOT NULL,
    must_change BOOLEAN NOT NULL,
    roles TEXT[] NOT NULL,
    org_units UUID[],
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT principals_pkey PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX principals_name_key ON principals (tenant, kind, name) WHERE ended_at IS NULL;

CREATE TABLE sign_in_failures (
    tenant UUID NOT NULL,
    name_digest BYTEA NOT NULL,
    failures INTEGER NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT sign_in_failures_pkey PRIMARY KEY (tenant, name_digest)
);

CREATE TABLE tenants (
    id UUID NOT NULL,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT tenants_pkey PRIMARY KEY (id),
    CONSTRAINT tenants_name_key UNIQUE (name)
);

CREATE TABLE journal_details (
    tenant UUID NOT NULL,
    entry BIGINT NOT NULL,
    salt BYTEA NOT NULL,
    details JSONB NOT NULL,
    CONSTRAINT journal_details_pkey PRIMARY KEY (tenant, entry),
    CONSTRAINT journal_details_tenant_entry_fkey FOREIGN KEY(tenant, entry) REFERENCES journal_entries (tenant, no)
);

CREATE TABLE journal_seals (
    tenant UUID NOT NULL,
    seq BIGINT NOT NULL,
    entry BIGINT NOT NULL,
    CONSTRAINT journal_seals_pkey PRIMARY KEY (tenant, seq),
    CONSTRAINT journal_seals_tenant_entry_key UNIQUE (tenant, entry),
    CONSTRAINT journal_seals_tenant_entry_fkey FOREIGN KEY(tenant, entry) REFERENCES journal_entries (tenant, no)
);

CREATE TABLE journal_subjects (
    tenant UUID NOT NULL,
    subject UUID NOT NULL,
    entry BIGINT NOT NULL,
    CONSTRAINT journal_subjects_pkey PRIMARY KEY (tenant, subject, entry),
    CONSTRAINT journal_subjects_tenant_entry_fkey FOREIGN KEY(tenant, entry) REFERENCES journal_entries (tenant, no)
);

CREATE TABLE received_files (
    tenant UUID NOT NULL,
    id UUID NOT NULL,
    blob UUID NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    channel TEXT NOT NULL,
    sender UUID NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    receipt JSONB NOT NULL,
    CONSTRAINT received_files_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT received_files_tenant_blob_fkey FOREIGN KEY(tenant, blob) REFERENCES blobs (tenant, id)
);

CREATE TABLE scopes (
    tenant UUID NOT NULL,
    id UUID NOT NULL,
    org_unit UUID NOT NULL,
    file_part TEXT NOT NULL,
    protection TEXT NOT NULL,
    CONSTRAINT scopes_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT scopes_tenant_org_unit_file_part_protection_key UNIQUE (tenant, org_unit, file_part, protection),
    CONSTRAINT scopes_tenant_org_unit_fkey FOREIGN KEY(tenant, org_unit) REFERENCES org_units (tenant, id)
);

CREATE TABLE sessions (
    tenant UUID NOT NULL,
    id UUID NOT NULL,
    principal UUID NOT NULL,
    secret BYTEA NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT sessions_tenant_principal_fkey FOREIGN KEY(tenant, principal) REFERENCES principals (tenant, id)
);

CREATE TABLE case_files (
    tenant UUID NOT NULL,
    id UUID NOT NULL,
    reference TEXT NOT NULL,
    file_plan_entry TEXT NOT NULL,
    scope UUID NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL CONSTRAINT case_files_state_check CHECK (state IN ('open', 'closed')),
    revision INTEGER NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_number INTEGER NOT NULL,
    CONSTRAINT case_files_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT case_files_tenant_reference_key UNIQUE (tenant, reference),
    CONSTRAINT case_files_tenant_scope_fkey FOREIGN KEY(tenant, scope) REFERENCES scopes (tenant, id),
    CONSTRAINT case_files_tenant_file_plan_entry_fkey FOREIGN KEY(tenant, file_plan_entry) REFERENCES file_plan_entries (tenant, code)
);
CREATE INDEX case_files_scope ON case_files (tenant, scope, id);

CREATE TABLE documents (
    tenant UUID NOT NULL,
    id UUID NOT NULL,
    received_file UUID NOT NULL,
    title TEXT NOT NULL,
    receipt_date DATE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    handed_in_by UUID NOT NULL,
    priority INTEGER NOT NULL,
    asked_reference TEXT,
    scope UUID NOT NULL,
    place TEXT NOT NULL CONSTRAINT documents_place_check CHECK (place IN ('none', 'clearing', 'filed', 'withdrawn', 'disposed')),
    reading_state TEXT NOT NULL CONSTRAINT documents_reading_state_check CHECK (reading_state IN ('waiting', 'running', 'done', 'failed')),
    state TEXT GENERATED ALWAYS AS (CASE WHEN place = 'withdrawn' THEN 'withdrawn' WHEN place = 'disposed' THEN 'disposed'
 WHEN place = 'filed' THEN 'filed' WHEN reading_state = 'failed' THEN 'parked' WHEN place = 'clearing' THEN 'clearing'
 WHEN reading_state IN ('running', 'done') THEN 'reading' ELSE 'received' END) STORED NOT NULL,
    reason TEXT,
    reading_reason TEXT,
    type_code TEXT,
    type_score FLOAT,
    pages INTEGER,
    version INTEGER NOT NULL,
    case_file UUID,
    proposed_case_file UUID,
    proposed_reference TEXT,
    clearing_since TIMESTAMP WITH TIME ZONE,
    revision INTEGER NOT NULL,
    stamp BIGINT NOT NULL,
    indexed_stamp BIGINT NOT NULL,
    indexed_scope UUID,
    CONSTRAINT documents_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT documents_tenant_scope_fkey FOREIGN KEY(tenant, scope) REFERENCES scopes (tenant, id),
    CONSTRAINT documents_tenant_received_file_fkey FOREIGN KEY(tenant, received_file) REFERENCES received_files (tenant, id)
);
CREATE INDEX documents_behind ON documents (tenant, id) WHERE stamp > indexed_stamp;
CREATE INDEX documents_case_file ON documents (tenant, case_file, id);
CREATE INDEX documents_clearing ON documents (tenant, clearing_since, id) WHERE place = 'clearing';
CREATE INDEX documents_list ON documents (tenant, id, state);
CREATE INDEX documents_received_file ON documents (tenant, received_file, id);
CREATE INDEX documents_state ON documents (tenant, state, id);

CREATE TABLE case_file_revisions (
    tenant UUID NOT NULL,
    case_file UUID NOT NULL,
    revision INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor UUID NOT NULL,
    act TEXT NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    scope UUID NOT NULL,
    CONSTRAINT case_file_revisions_pkey PRIMARY KEY (tenant, case_file, revision),
    CONSTRAINT case_file_revisions_tenant_case_file_fkey FOREIGN KEY(tenant, case_file) REFERENCES case_files (tenant, id)
);
CREATE INDEX case_file_revisions_at ON case_file_revisions (tenant, case_file, at);

CREATE TABLE document_passwords (
    tenant UUID NOT NULL,
    document UUID NOT NULL,
    sealed BYTEA NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT document_passwords_pkey PRIMARY KEY (tenant, document),
    CONSTRAINT document_passwords_tenant_document_fkey FOREIGN KEY(tenant, document) REFERENCES documents (tenant, id)
);

CREATE TABLE proceedings (
    tenant UUID NOT NULL,
    id UUID NOT NULL,
    case_file UUID NOT NULL,
    title TEXT NOT NULL,
    from_revision INTEGER NOT NULL,
    CONSTRAINT proceedings_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT proceedings_tenant_case_file_fkey FOREIGN KEY(tenant, case_file) REFERENCES case_files (tenant, id)
);
CREATE INDEX proceedings_case_file ON proceedings (tenant, case_file, id);

CREATE TABLE relations (
    tenant UUID NOT NULL,
    document UUID NOT NULL,
    kind TEXT NOT NULL,
    other UUID NOT NULL,
    CONSTRAINT relations_pkey PRIMARY KEY (tenant, document, kind, other),
    CONSTRAINT relations_tenant_document_fkey FOREIGN KEY(tenant, document) REFERENCES documents (tenant, id),
    CONSTRAINT relations_tenant_other_fkey FOREIGN KEY(tenant, other) REFERENCES documents (tenant, id)
);

CREATE TABLE versions (
    tenant UUID NOT NULL,
    document UUID NOT NULL,
    number INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by UUID NOT NULL,
    CONSTRAINT versions_pkey PRIMARY KEY (tenant, document, number),
    CONSTRAINT versions_tenant_document_fkey FOREIGN KEY(tenant, document) REFERENCES documents (tenant, id)
);

CREATE TABLE case_file_lines (
    tenant UUID NOT NULL,
    case_file UUID NOT NULL,
    number INTEGER NOT NULL,
    from_revision INTEGER NOT NULL,
    to_revision INTEGER,
    document UUID NOT NULL,
    version INTEGER NOT NULL,
    proceeding UUID,
    title TEXT NOT NULL,
    type_code TEXT,
    type_score FLOAT,
    receipt_date DATE NOT NULL,
    filed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT case_file_lines_pkey PRIMARY KEY (tenant, case_file, number, from_revision),
    CONSTRAINT case_file_lines_tenant_case_file_fkey FOREIGN KEY(tenant, case_file) REFERENCES case_files (tenant, id),
    CONSTRAINT case_file_lines_tenant_document_version_fkey FOREIGN KEY(tenant, document, version) REFERENCES versions (tenant, document, number),
    CONSTRAINT case_file_lines_tenant_proceeding_fkey FOREIGN KEY(tenant, proceeding) REFERENCES proceedings (tenant, id)
);
CREATE UNIQUE INDEX case_file_lines_current ON case_file_lines (tenant, document) WHERE to_revision IS NULL;
CREATE INDEX case_file_lines_document ON case_file_lines (tenant, document);

CREATE TABLE page_images (
    tenant UUID NOT NULL,
    document UUID NOT NULL,
    version INTEGER NOT NULL,
    page INTEGER NOT NULL,
    width INTEGER NOT NULL,
    blob UUID NOT NULL,
    media_type TEXT NOT NULL,
    CONSTRAINT page_images_pkey PRIMARY KEY (tenant, document, version, page, width),
    CONSTRAINT page_images_tenant_document_version_fkey FOREIGN KEY(tenant, document, version) REFERENCES versions (tenant, document, number),
    CONSTRAINT page_images_tenant_blob_fkey FOREIGN KEY(tenant, blob) REFERENCES blobs (tenant, id)
);

CREATE TABLE reading_runs (
    tenant UUID NOT NULL,
    id UUID NOT NULL,
    document UUID NOT NULL,
    version INTEGER NOT NULL,
    source UUID NOT NULL,
    pages INTEGER NOT NULL,
    begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT reading_runs_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT reading_runs_tenant_document_version_key UNIQUE (tenant, document, version),
    CONSTRAINT reading_runs_tenant_document_version_fkey FOREIGN KEY(tenant, document, version) REFERENCES versions (tenant, document, number),
    CONSTRAINT reading_runs_tenant_source_fkey FOREIGN KEY(tenant, source) REFERENCES blobs (tenant, id)
);

CREATE TABLE readings (
    tenant UUID NOT NULL,
    document UUID NOT NULL,
    version INTEGER NOT NULL,
    number INTEGER NOT NULL,
    engine TEXT NOT NULL,
    engine_version TEXT NOT NULL,
    languages TEXT NOT NULL,
    blob UUID NOT NULL,
    frames BIGINT[] NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT readings_pkey PRIMARY KEY (tenant, document, version, number),
    CONSTRAINT readings_tenant_document_version_fkey FOREIGN KEY(tenant, document, version) REFERENCES versions (tenant, document, number),
    CONSTRAINT readings_tenant_blob_fkey FOREIGN KEY(tenant, blob) REFERENCES blobs (tenant, id)
);

CREATE TABLE renditions (
    tenant UUID NOT NULL,
    document UUID NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    blob UUID NOT NULL,
    media_type TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    maker TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    conformance TEXT,
    conformance_reason TEXT,
    CONSTRAINT renditions_pkey PRIMARY KEY (tenant, document, version, kind, number),
    CONSTRAINT renditions_tenant_document_version_fkey FOREIGN KEY(tenant, document, version) REFERENCES versions (tenant, document, number),
    CONSTRAINT renditions_tenant_blob_fkey FOREIGN KEY(tenant, blob) REFERENCES blobs (tenant, id)
);

CREATE TABLE version_sources (
    tenant UUID NOT NULL,
    document UUID NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    received_file UUID NOT NULL,
    first_page INTEGER,
    last_page INTEGER,
    CONSTRAINT version_sources_pkey PRIMARY KEY (tenant, document, version, position),
    CONSTRAINT version_sources_tenant_document_version_fkey FOREIGN KEY(tenant, document, version) REFERENCES versions (tenant, document, number),
    CONSTRAINT version_sources_tenant_received_file_fkey FOREIGN KEY(tenant, received_file) REFERENCES received_files (tenant, id)
);

CREATE TABLE reading_ranges (
    tenant UUID NOT NULL,
    id UUID NOT NULL,
    run UUID NOT NULL,
    first_page INTEGER NOT NULL,
    last_page INTEGER NOT NULL,
    blob UUID,
    CONSTRAINT reading_ranges_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT reading_ranges_tenant_run_fkey FOREIGN KEY(tenant, run) REFERENCES reading_runs (tenant, id) ON DELETE CASCADE,
    CONSTRAINT reading_ranges_tenant_blob_fkey FOREIGN KEY(tenant, blob) REFERENCES blobs (tenant, id)
);
CREATE INDEX reading_ranges_run ON reading_ranges (tenant, run);

CREATE TABLE reading_references (
    tenant UUID NOT NULL,
    document UUID NOT NULL,
    version INTEGER NOT NULL,
    number INTEGER NOT NULL,
    position INTEGER NOT NULL,
    reference TEXT NOT NULL,
    as_read TEXT NOT NULL,
    confidence FLOAT NOT NULL,
    page INTEGER NOT NULL,
    differs BOOLEAN NOT NULL,
    CONSTRAINT reading_references_pkey PRIMARY KEY (tenant, document, version, number, position),
    CONSTRAINT reading_references_tenant_document_version_number_fkey FOREIGN KEY(tenant, document, version, number) REFERENCES readings (tenant, document, version, number)
);

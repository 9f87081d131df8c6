"""The spine: tables, row-level security, a journal that refuses changes, rights of the service's role, the queue."""

from pathlib import Path

from alembic import context, op
from procrastinate import schema

revision = "2026_11_22_spine"
down_revision = None

LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10min'"

# After the first transaction that used set_config(…, true) the setting is '' and not null: hence nullif.
# The sub-select is worked out once per query, the bare call once per row.
TENANT = "(SELECT nullif(current_setting('eakte.tenant', true), '')::uuid)"
NAMED = "(SELECT nullif(current_setting('eakte.tenant_name', true), ''))"
INSTALLATION = "(SELECT coalesce(current_setting('eakte.installation', true), '') = 'on')"

WITHOUT_TENANTS = {"journal_unsealed", "tenants"}
CHANGES = {
    "case_file_lines": "UPDATE (to_revision)", "case_files": "UPDATE", "document_passwords": "UPDATE, DELETE",
    "document_types": "UPDATE, DELETE", "documents": "UPDATE", "file_plan_entries": "UPDATE, DELETE",
    "idempotency": "UPDATE, DELETE", "journal_reads": "UPDATE, DELETE",
    "journal_unsealed": "DELETE", "blobs": "DELETE", "org_units": "UPDATE", "page_images": "DELETE",
    "principals": "UPDATE", "job_failures": "UPDATE, DELETE", "reading_ranges": "UPDATE, DELETE",
    "reading_runs": "UPDATE, DELETE", "sessions": "DELETE", "sign_in_failures": "UPDATE, DELETE",
}  # fmt: skip
REFUSED = {
    "journal_entries": "UPDATE OR DELETE", "journal_subjects": "UPDATE OR DELETE",
    "journal_seals": "UPDATE OR DELETE", "journal_details": "UPDATE",
}  # fmt: skip


def upgrade() -> None:
    """Upgrade; there is no way back but a restore."""
    op.execute(LIMITS)
    _plain(Path(__file__).with_suffix(".sql").read_text())
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    _separate_tenants()
    _refuse_changes()
    _grant(app)
    _queue(app)


def _plain(statements: str) -> None:
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))


def _tables() -> list[str]:
    found = op.get_bind().exec_driver_sql(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    )
    return sorted(found.scalars())


def _separate_tenants() -> None:
    for table in set(_tables()) - WITHOUT_TENANTS:
        _policy(table, f"tenant = {TENANT}", f"tenant = {TENANT}")
    _policy("tenants", f"id = {TENANT} OR name = {NAMED} OR {INSTALLATION}", f"id = {TENANT}")


def _policy(table: str, seen: str, written: str) -> None:
    _plain(f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON {table} USING ({seen}) WITH CHECK ({written})""")


def _refuse_changes() -> None:
    """Statement triggers, since a row trigger stays silent where row-level security shows no row."""
    _plain("""
        CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the journal refuses %', TG_OP USING ERRCODE = 'restrict_violation'; END $$""")
    for table, changes in REFUSED.items():
        _plain(f"""
            CREATE TRIGGER refuse BEFORE {changes} OR TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
            ALTER TABLE {table} ENABLE ALWAYS TRIGGER refuse""")


def _grant(app: str) -> None:
    for table in _tables():
        _plain(f"GRANT SELECT, INSERT ON {table} TO {app}")
    for table, changes in CHANGES.items():
        _plain(f"GRANT {changes} ON {table} TO {app}")
    _plain(f"GRANT SELECT ON alembic_version TO {app}")


def _queue(app: str) -> None:
    """Procrastinate's own tables, in a schema apart; job arguments are ids only, so they need no row-level security."""
    _plain("CREATE SCHEMA procrastinate; SET LOCAL search_path = procrastinate")
    _plain(schema.SchemaManager.get_schema())
    _plain(f"""
        GRANT USAGE ON SCHEMA procrastinate TO {app};
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA procrastinate TO {app};
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA procrastinate TO {app};
        SET LOCAL search_path = public""")

"""Which index the rows of documents speak about, since a house may move its index into another engine."""

from alembic import context, op

revision = "2026_11_22_search_places"
down_revision = "2026_11_22_sweep_periods"

LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10min'"


def upgrade() -> None:
    """Upgrade; there is no way back but a restore."""
    op.execute(LIMITS)
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    tenant = "tenant = (SELECT nullif(current_setting('eakte.tenant', true), '')::uuid)"
    op.execute(f"""
        CREATE TABLE search_places (
            tenant UUID NOT NULL,
            place TEXT NOT NULL,
            CONSTRAINT search_places_pkey PRIMARY KEY (tenant)
        );
        ALTER TABLE search_places ENABLE ROW LEVEL SECURITY;
        ALTER TABLE search_places FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON search_places USING ({tenant}) WITH CHECK ({tenant});
        GRANT SELECT, INSERT, UPDATE ON search_places TO {app}""")

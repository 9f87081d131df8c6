"""When the sweep saw this database at work, so that after a restore it deletes nothing that the database forgot."""

from alembic import context, op

revision = "2026_11_22_sweep_periods"
down_revision = "2026_11_22_spine"

LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10min'"


def upgrade() -> None:
    """Upgrade; there is no way back but a restore."""
    op.execute(LIMITS)
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    tenant = "tenant = (SELECT nullif(current_setting('eakte.tenant', true), '')::uuid)"
    op.execute(f"""
        CREATE TABLE sweep_periods (
            tenant UUID NOT NULL,
            begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
            last_at TIMESTAMP WITH TIME ZONE NOT NULL,
            CONSTRAINT sweep_periods_pkey PRIMARY KEY (tenant, begun_at)
        );
        ALTER TABLE sweep_periods ENABLE ROW LEVEL SECURITY;
        ALTER TABLE sweep_periods FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON sweep_periods USING ({tenant}) WITH CHECK ({tenant});
        GRANT SELECT, INSERT, UPDATE ON sweep_periods TO {app}""")

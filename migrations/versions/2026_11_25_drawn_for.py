"""What transfer notes say of a whole batch stands in its rows; which settling a sample was drawn for, too."""

from alembic import context, op

revision = "2026_11_25_drawn_for"
down_revision = "2026_11_25_channels"

LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10min'"


def upgrade() -> None:
    """Upgrade; there is no way back but a restore. The sweep draws for every settled batch once, and fills its rows."""
    op.execute(LIMITS)
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute(f"""
        ALTER TABLE batches ADD COLUMN difference INTEGER;
        GRANT UPDATE (difference) ON batches TO {app};
        ALTER TABLE quality_states ADD COLUMN documents INTEGER NOT NULL DEFAULT 0,
            ADD COLUMN sampled INTEGER NOT NULL DEFAULT 0, ADD COLUMN drawn_for TIMESTAMP WITH TIME ZONE;
        GRANT UPDATE (documents, sampled, drawn_for) ON quality_states TO {app}""")

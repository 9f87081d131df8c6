"""When a document last changed in what the index shows, so that an index that is behind tells for how long."""

from alembic import op

revision = "2026_11_22_changed_at"
down_revision = "2026_11_22_search_places"

LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10min'"


def upgrade() -> None:
    """Upgrade; there is no way back but a restore. Documents of before bear no time until they change."""
    op.execute(LIMITS)
    op.execute("ALTER TABLE documents ADD COLUMN changed_at TIMESTAMP WITH TIME ZONE")

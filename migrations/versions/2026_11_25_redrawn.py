"""Of a version that is read in ranges: whether its pages were drawn anew, since no PDF holds them as they came."""

from alembic import op

revision = "2026_11_25_redrawn"
down_revision = "2026_11_25_drawn_for"

LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10min'"


def upgrade() -> None:
    """Upgrade; there is no way back but a restore."""
    op.execute(LIMITS)
    op.execute("ALTER TABLE reading_runs ADD COLUMN redrawn BOOLEAN NOT NULL DEFAULT false")

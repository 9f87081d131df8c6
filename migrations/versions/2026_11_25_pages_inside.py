"""Pages of files inside a received file are counted as well, save those that a PDF carries."""

from alembic import op

revision = "2026_11_25_pages_inside"
down_revision = "2026_11_25_gate"

LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10min'"


def upgrade() -> None:
    """Upgrade; there is no way back but a restore."""
    op.execute(LIMITS)
    op.execute("""
        ALTER TABLE version_sources ADD COLUMN embedded BOOLEAN NOT NULL DEFAULT false;
        ALTER TABLE received_pages ADD COLUMN entry TEXT""")

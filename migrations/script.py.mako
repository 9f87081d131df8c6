"""${message}"""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}

LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10min'"


def upgrade() -> None:
    """Upgrade; there is no way back but a restore."""
    op.execute(LIMITS)
    ${upgrades if upgrades else "pass"}

"""Reading the journal."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from eakte.journal import act

JOURNAL_READ = act("audit:journal:read", "The journal of a case file was read.")


@dataclass(frozen=True)
class Entry:
    """A journal entry. `no`: its place in insert order; `seq`: None until numbered; details: empty once erased."""

    no: int
    seq: int | None
    at: datetime
    actor: UUID
    act: str
    subject: UUID
    details: dict[str, Any]

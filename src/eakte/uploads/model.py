"""An upload on its way: what it is, how its parts are kept few, and the acts on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from eakte.errors import Problem, Refused
from eakte.journal import act

BEGUN = act("uploads:upload:begun", "A resumable upload was announced with its length.")
ENDED = act("uploads:upload:ended", "Its sender ended a resumable upload, and what had arrived of it went.")
REFUSED = act("uploads:upload:refused", "A resumable upload arrived whole and was refused; its bytes went.")
EXPIRED = act("uploads:upload:expired", "A resumable upload was not finished in seven days; what had arrived went.")

KEPT = timedelta(days=7)
MOST_OPEN = 10_000
"""Unfinished uploads of one sender; more are no transfer but a fault."""
SMALL, MOST_SMALL = 256 << 10, 64
"""When so many parts under so many bytes lie at the end, the next one takes them in: one-byte requests stay bounded."""


class OffsetDiffers(Refused):
    """The bytes do not begin where those that have arrived end."""

    code, title = "upload-offset-differs", "Die Übertragung steht an anderer Stelle"
    remedy = "Den Stand mit HEAD erfragen und von dort fortsetzen."


class TooManyUploads(Problem):
    """One sender has very many unfinished uploads."""

    code, status, title = "uploads-too-many", 429, "Zu viele unfertige Übertragungen"
    remedy = "Begonnene Übertragungen abschließen oder mit DELETE beenden."
    retry_after = 60


class UploadFinished(Refused):
    """It is a document already."""

    code, title = "upload-finished", "Die Übertragung ist schon abgeschlossen"
    remedy = "Das Dokument steht im Ergebnis der Übertragung (GET)."


@dataclass(frozen=True)
class Upload:
    """As its row says. Its id is also that of the file to be received, and of the data key of its parts."""

    tenant: UUID
    id: UUID
    owner: UUID
    batch: UUID | None
    metadata: str
    length: int
    arrived: int
    asked_for: int
    begun_at: datetime
    expires_at: datetime
    result: dict[str, Any] | None

    @property
    def whole(self) -> bool:
        """All bytes have arrived, perhaps without having been entered yet."""
        return self.arrived == self.length


@dataclass(frozen=True)
class Part:
    """Bytes from `start` on, in a scratch blob."""

    start: int
    bytes: int
    blob: UUID


def to_take_in(parts: Sequence[Part]) -> list[Part]:
    """The small parts at the end, once there are so many that the next part is to hold their bytes too."""
    tail: list[Part] = []
    for part in reversed(parts):
        if part.bytes >= SMALL:
            break
        tail.insert(0, part)
    return tail if len(tail) >= MOST_SMALL else []

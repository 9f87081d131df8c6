"""What a batch is, the acts on it, and why it refuses what it refuses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eakte.errors import Invalid, Refused
from eakte.journal import act

ANNOUNCED = act("scanning:batch:announced", "A scanning centre announced a batch.")
ITEM_RECEIVED = act("scanning:item:received", "An item of a batch was received.")
ITEM_REFUSED = act("scanning:item:refused", "An item of a batch was refused; nothing of it stayed.")
ITEM_REPLACED = act("scanning:item:replaced", "An unusable item of a batch was replaced.")
COMPLETED = act("scanning:batch:completed", "A batch was declared complete; the delivery receipt was signed.")
REOPENED = act("scanning:batch:reopened", "A batch was opened again for further items.")
ABANDONED = act("scanning:batch:abandoned", "A batch was given up by its sender.")
SETTLED = act("scanning:batch:settled", "Every item of a batch is settled; the reconciliation receipt was signed.")

OPEN, COMPLETE, READING, RECONCILED, DIFFERS = "open", "complete", "reading", "reconciled", "differs"
ABANDONED_STATE = "abandoned"
SETTLED_STATES = {RECONCILED, DIFFERS}
WAITING_ITEM, READING_ITEM, STORED_ITEM, REJECTED_ITEM, REPLACED_ITEM = (
    "received",
    "reading",
    "stored",
    "rejected",
    "replaced",
)
"""States of an item: it waits to be read, is being read, its pages are kept, it was unusable, another one stands for
it.
"""
DELIVERY, RECONCILIATION = "delivery", "reconciliation"


class UnknownProfile(Invalid):
    """No scan profile of the tenant has this name."""

    code, title = "unknown-profile", "Unbekanntes Scanprofil"
    remedy = "Ein freigegebenes Profil nennen; von Anfang an gibt es simplex und duplex."


class BatchReferenceTaken(Refused):
    """There is another batch with this reference, announced otherwise or by somebody else."""

    code, title = "batch-reference-taken", "Die Stapelreferenz ist schon vergeben"
    remedy = "Für einen anderen Stapel eine neue Referenz wählen; derselbe ist unverändert anzukündigen."


class BatchNotOpen(Refused):
    """Items go only into an open batch."""

    code, title = "batch-not-open", "Der Stapel ist abgeschlossen"
    remedy = "Den Stapel mit POST /v1/batches/{id}/reopen wieder öffnen oder einen neuen ankündigen."


class PaperListed(Refused):
    """The paper of the batch is proposed or released for destruction, so what came with it is final."""

    code, title = "paper-listed", "Das Papier des Stapels ist zur Vernichtung vorgesehen"
    remedy = "Den Vorschlag ablehnen (POST /v1/originals/releases/{id}/refusals); nach der Freigabe neu ankündigen."


class ItemDiffers(Refused):
    """The batch has an item of this name with other bytes, or announced with other pages."""

    code, title = "item-differs", "Unter diesem Namen liegt im Stapel schon etwas anderes"
    remedy = "Einen anderen Namen wählen; eine unbrauchbare Datei mit replaces ersetzen."


class HashDiffers(Invalid):
    """The bytes received have another SHA-256 than the sender said."""

    code, title = "sha256-differs", "Die Prüfsumme stimmt nicht"
    remedy = "Die Datei erneut senden; bleibt die Abweichung, die Quelle prüfen."


class NotReplaceable(Refused):
    """Only an item that was rejected, or whose pages are not those announced, can be replaced, and only once."""

    code, title = "item-not-replaceable", "Diese Datei kann nicht ersetzt werden"
    remedy = "Den Stand des Stapels unter GET /v1/batches/{id}/items prüfen."


@dataclass(frozen=True)
class Announcement:
    """What a sender says of a batch before it comes."""

    reference: str
    profile: str
    operator: str
    expected_sheets: int


@dataclass(frozen=True)
class Batch:
    """A batch's row. `sides`: of a sheet, by the profile; `state` as stored, see `ledger.shown_state`.

    `difference`: sides announced that were nowhere when it was last settled.
    """

    id: UUID
    reference: str
    profile: str
    profile_version: int
    operator: str
    expected_sheets: int
    sides: int
    announced_by: UUID
    announced_at: datetime
    scope: UUID
    state: str
    reason: str | None
    completed_at: datetime | None
    settled_at: datetime | None
    difference: int | None
    manifest_differences: list[str]

    @property
    def announced(self) -> int:
        """Sides that are to come."""
        return self.expected_sheets * self.sides


@dataclass(frozen=True)
class ItemSaid:
    """What the sender says of one file; `sha256` in lower case. `replaces`: the unusable item it stands for."""

    name: str
    sha256: str
    pages: int
    dropped_blank: int = 0
    replaces: UUID | None = None


@dataclass(frozen=True)
class Item:
    """A file of a batch: what was announced of it, what came of it. `reason`: why it was rejected."""

    id: UUID
    batch: UUID
    name: str
    sha256: str
    bytes: int
    pages: int
    dropped_blank: int
    received_file: UUID
    document: UUID
    received_at: datetime
    replaced_by: UUID | None
    state: str
    stored: int
    blank: int
    separator: int
    reason: str | None

    @property
    def found(self) -> int:
        """Pages that were found in the file; 0 until it was read."""
        return self.stored + self.blank + self.separator

    @property
    def differs(self) -> bool:
        """Whether it was read and has other pages than announced."""
        return self.state == STORED_ITEM and self.found != self.pages


@dataclass(frozen=True)
class Refusal:
    """An item that was refused: it counts nothing. `settled_at`: when it came properly after all."""

    name: str
    code: str
    reason: str
    at: datetime
    settled_at: datetime | None


@dataclass(frozen=True)
class Refusals:
    """Of all that was refused the first `listed`; how many there are, and how many of them never came properly."""

    listed: Sequence[Refusal]
    all: int
    open: int

    def to_json(self) -> dict[str, int]:
        """The numbers, as answers and receipts show them."""
        return {"all": self.all, "open": self.open, "listed": len(self.listed)}

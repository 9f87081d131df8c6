"""What a case file is, its acts, and the form of a reference."""

from dataclasses import dataclass
from datetime import date, datetime
from string import ascii_letters, digits
from uuid import UUID

from eakte.errors import Refused
from eakte.journal import act

OPENED = act("casefiles:casefile:opened", "A case file was opened.")
PROCEEDING_OPENED = act("casefiles:proceeding:opened", "A proceeding was opened in a case file.")
FILED = act("casefiles:document:filed", "A document was filed into a case file.")
UNFILED = act("casefiles:document:unfiled", "A document left a case file, for clearing or for another case file.")
LINE_CHANGED = act("casefiles:document:changed", "Title, type, date, version or place of a filed document changed.")
SEEN = act("casefiles:casefile:seen", "A case file was opened by a reader.")

REFERENCE_ALPHABET = digits + ascii_letters + "ÄÖÜäöüß/.-_ "
"""Characters of a reference; bounded, so that every reference one character away can be looked up by an index."""
REFERENCE_PATTERN = r"^[0-9A-Za-zÄÖÜäöüß/._-]([0-9A-Za-zÄÖÜäöüß/._ -]{0,98}[0-9A-Za-zÄÖÜäöüß/._-])?$"
"""1 to 100 of them, no blank at either end."""
DEFAULT_ENTRY = "leistung"
"""Code of the file plan entry of a case file opened without one."""
OPEN = "open"


class ReferenceTaken(Refused):
    """Another case file of the tenant has this reference."""

    code, title = "reference-taken", "Aktenzeichen schon vergeben"
    remedy = "Die vorhandene Akte verwenden oder ein anderes Aktenzeichen wählen."


class CaseFileClosed(Refused):
    """Nothing changes in a closed case file."""

    code, title = "case-file-closed", "Die Akte ist geschlossen"
    remedy = "Eine offene Akte wählen oder die Akte wieder öffnen lassen."


class NotFiled(Refused):
    """The document lies in no case file."""

    code, title = "not-filed", "Das Dokument liegt in keiner Akte"


class AlreadyFiled(Refused):
    """It lies just there."""

    code, title = "already-filed", "Das Dokument liegt schon an dieser Stelle"


@dataclass(frozen=True)
class PlanEntry:
    """An entry of the file plan; retention in full years after the end of the year in which a case file is closed."""

    code: str
    title: str
    file_part: str
    retention_years: int


@dataclass(frozen=True)
class CaseFile:
    """A case file at one of its revisions. `last_number` is the highest running number ever given, in any revision."""

    id: UUID
    reference: str
    file_plan_entry: str
    scope: UUID
    title: str
    state: str
    revision: int
    changed_at: datetime
    last_number: int


@dataclass(frozen=True)
class Line:
    """A filed document as it stood from one revision to another, under its running number."""

    number: int
    document: UUID
    version: int
    proceeding: UUID | None
    title: str
    type_code: str | None
    type_score: float | None
    receipt_date: date
    filed_at: datetime


@dataclass(frozen=True)
class Revision:
    """One changing act on a case file; `at` never lies before that of the revision before."""

    revision: int
    at: datetime
    actor: UUID
    act: str
    title: str
    state: str
    scope: UUID


@dataclass(frozen=True)
class Proceeding:
    """A matter inside a case file, there since `from_revision`."""

    id: UUID
    title: str
    from_revision: int

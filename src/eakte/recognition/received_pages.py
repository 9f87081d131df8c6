"""What became of each page of a received file: stored with a document, stored and blank, or a separator sheet.

Files inside a ZIP or a mail are numbered on in the order in which they were read; what a PDF carries is no page of it.
"""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from sqlalchemy import func, select, text

from eakte.database import Unit
from eakte.documents import acts as documents
from eakte.documents.model import Source
from eakte.recognition.tables import received_pages

STORED, BLANK, SEPARATOR = "stored", "blank", "separator"
_FILE_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 23))")


@dataclass(frozen=True)
class ReceivedPage:
    """A page of a received file (from 1), and where it is now; a separator has neither document nor page there.

    Nor has a blank page between two separators, which would be a document of nothing.
    """

    number: int
    disposition: str
    document: UUID | None
    document_page: int | None


def note_whole(unit: Unit, document: UUID, version: int, count: int, blank: Collection[int]) -> None:
    """Enter the pages of a version that is a received file, or a file inside one, as a whole; of another nothing."""
    source = documents.whole_source(unit, document, version)
    if source is not None:
        numbers = range(1, count + 1)
        note_pages(unit, source, [ReceivedPage(n, BLANK if n in blank else STORED, document, n) for n in numbers])


def note_pages(unit: Unit, source: Source, pages: Iterable[ReceivedPage]) -> None:
    """Enter what became of the pages of a file, or of one inside it, numbered from 1; only the first time."""
    if source.embedded:
        return
    unit.run(_FILE_LOCK, {"what": str(source.received_file)})
    of_file = received_pages.c.received_file == source.received_file
    same_entry = received_pages.c.entry.is_not_distinct_from(source.entry)
    if unit.run(select(received_pages.c.number).where(of_file, same_entry).limit(1)).first() is not None:
        return
    before: int = unit.run(select(func.coalesce(func.max(received_pages.c.number), 0)).where(of_file)).scalar_one()
    key = {"tenant": unit.tenant, "received_file": source.received_file, "entry": source.entry}
    numbered = (replace(page, number=before + page.number) for page in pages)
    unit.run(received_pages.insert(), [key | asdict(page) for page in numbered])

"""What became of each page of a received file: stored with a document, stored and blank, or a separator sheet."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from eakte.database import Unit
from eakte.documents import acts as documents
from eakte.recognition.tables import received_pages

STORED, BLANK, SEPARATOR = "stored", "blank", "separator"


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
    """Enter the pages of a version that is the whole of a received file; of another version nothing. Once."""
    source = documents.whole_file(unit, document, version)
    if source is not None:
        numbers = range(1, count + 1)
        note_pages(unit, source, [ReceivedPage(n, BLANK if n in blank else STORED, document, n) for n in numbers])


def note_pages(unit: Unit, received_file: UUID, pages: Iterable[ReceivedPage]) -> None:
    """Enter what became of a file's pages; what was entered before stays."""
    rows = [{"tenant": unit.tenant, "received_file": received_file, **asdict(page)} for page in pages]
    unit.run(insert(received_pages).on_conflict_do_nothing(), rows)


def pages_of_file(unit: Unit, received_file: UUID) -> list[ReceivedPage]:
    """All pages in order; empty until the file was read."""
    query = select(received_pages).where(received_pages.c.received_file == received_file)
    return [
        ReceivedPage(row.number, row.disposition, row.document, row.document_page)
        for row in unit.all(query.order_by(received_pages.c.number))
    ]

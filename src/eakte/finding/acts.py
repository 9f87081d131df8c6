"""What the index holds, what it lacks, and what it may show to whom."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, exists, func, not_, or_, select
from sqlalchemy.dialects.postgresql import insert

from eakte.access.model import Sight
from eakte.database import Unit
from eakte.documents.model import DISPOSED, WITHDRAWN_PLACE
from eakte.documents.tables import documents
from eakte.finding.tables import search_places
from eakte.recognition.acts import NewestReading, newest_readings
from eakte.recognition.frames import PageWords, words_in
from eakte.recognition.tables import readings
from eakte.vault import Vault
from search.port import DOUBTFUL, PageEntry, Replacement, Results, Words

_READ: ColumnElement[bool] = exists().where(
    readings.c.tenant == documents.c.tenant, readings.c.document == documents.c.id
)
"""Some version was read, whatever became of the newest."""
_BEHIND: ColumnElement[bool] = and_(documents.c.stamp > documents.c.indexed_stamp, _READ)


def lag(unit: Unit) -> int:
    """How many documents the index shows not at all, or not as they are now."""
    count: int = unit.run(select(func.count()).where(_BEHIND)).scalar_one()
    return count


def lag_seconds(unit: Unit) -> float:
    """Since when the index lacks a document as it is now, of those it lacks the longest; 0 where it lacks none."""
    changed = func.coalesce(documents.c.changed_at, documents.c.received_at)
    age = func.extract("epoch", func.clock_timestamp() - func.min(changed))
    return float(unit.run(select(age).where(_BEHIND)).scalar_one() or 0)


def behind(unit: Unit, limit: int) -> list[UUID]:
    """Some of the documents the index lacks."""
    return list(unit.run(select(documents.c.id).where(_BEHIND).limit(limit)).scalars())


def read_documents(unit: Unit, after: UUID | None, limit: int) -> list[UUID]:
    """Documents that belong into an index, in order of their ids."""
    query = select(documents.c.id).where(_READ)
    if after is not None:
        query = query.where(documents.c.id > after)
    return list(unit.run(query.order_by(documents.c.id).limit(limit)).scalars())


def place(unit: Unit, *, lock: bool = False) -> str | None:
    """Which index the rows speak about; none while that is being changed. `lock`: for the rest of the transaction."""
    query = select(search_places.c.place)
    found: str | None = unit.run(query.with_for_update() if lock else query).scalar_one_or_none()
    return found


def set_place(unit: Unit, place: str) -> None:
    """From now on the rows speak about this index."""
    written = insert(search_places).values(tenant=unit.tenant, place=place)
    unit.run(written.on_conflict_do_update(index_elements=["tenant"], set_={"place": place}))


class Described(NamedTuple):
    """A document's row, and of each version that was read, in order, where its newest reading lies."""

    row: Row[Any]
    readings: Sequence[NewestReading]


def described(unit: Unit, ids: Sequence[UUID], pages: int) -> list[Described]:
    """As many of these documents, from the first, as have so many pages in all; the first even if it has more.

    None of the pages of what was withdrawn or disposed of.
    """
    query = select(
        documents.c.id, documents.c.stamp, documents.c.scope, documents.c.place, documents.c.title, documents.c.state,
        documents.c.receipt_date, documents.c.case_file, documents.c.type_code,
    ).where(documents.c.id.in_(ids))  # fmt: skip
    rows = {row.id: row for row in unit.all(query)}
    kept = [id_ for id_ in ids if rows[id_].place not in {WITHDRAWN_PLACE, DISPOSED}]
    newest = newest_readings(unit, kept)
    found = [Described(rows[id_], newest.get(id_, ())) for id_ in ids]
    ends = [*accumulate([sum(reading.pages for reading in each.readings) for each in found])]
    return found[: max(1, bisect_right(ends, pages))]


def replacement(vault: Vault, document: Described) -> tuple[Replacement, UUID]:
    """All entries of the document; and its scope. KeyDestroyed or Missing where it was taken away meanwhile."""
    row, read = document
    entries = [
        entry
        for each in read
        for entry in _entries(
            row, each.version, words_in(b"".join(vault.open(each.sealed))), current=each.version == read[-1].version
        )
    ]
    return Replacement(str(row.id), row.stamp, entries), row.scope


def _entries(document: Row[Any], version: int, pages: Sequence[PageWords], *, current: bool) -> list[PageEntry]:
    return [
        PageEntry(
            version=version, page=page.number, current=current, width=page.width, height=page.height,
            words=Words(page.texts, page.boxes, _doubtful(page.confidences)),
            title=document.title, scope=str(document.scope), state=document.state, receipt_date=document.receipt_date,
            case_file=str(document.case_file) if document.case_file else None, document_type=document.type_code,
        )
        for page in pages
    ]  # fmt: skip


def _doubtful(confidences: Sequence[float | None]) -> list[int]:
    return [place for place, sure in enumerate(confidences) if sure is not None and sure < DOUBTFUL]


def shown(unit: Unit, sight: Sight, results: Results, place: str) -> Results:
    """Only hits whose document may be seen now; no facets while the index of `place` may count what lies outside."""
    ids = {UUID(hit.document) for hit in results.hits}
    visible = select(documents.c.id).where(documents.c.id.in_(ids), documents.c.scope.in_(sight.seen))
    seen = {
        str(id_) for id_ in unit.run(visible.where(documents.c.place.not_in([WITHDRAWN_PLACE, DISPOSED]))).scalars()
    }
    outside = or_(documents.c.scope.not_in(sight.seen), documents.c.place.in_([WITHDRAWN_PLACE, DISPOSED]))
    counted = or_(
        and_(documents.c.indexed_scope.in_(sight.seen), outside),
        and_(documents.c.indexed_scope.is_(None), documents.c.indexed_stamp > 0),
    )
    moved_out = exists().where(documents.c.stamp > documents.c.indexed_stamp, counted)
    known = exists().where(search_places.c.place == place)
    facets = results.facets if unit.run(select(and_(known, not_(moved_out)))).scalar_one() else {}
    return Results(tuple(hit for hit in results.hits if hit.document in seen), facets, results.next)


def case_files_of(unit: Unit, ids: Sequence[UUID]) -> list[UUID]:
    """Case files that these documents lie in."""
    query = select(documents.c.case_file).where(documents.c.id.in_(ids), documents.c.case_file.is_not(None)).distinct()
    return list(unit.run(query).scalars())

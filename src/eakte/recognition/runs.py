"""Runs: a long version is read in page ranges, one job each, and joined when the last range is done.

The run's row is the lock that makes one range the last one. A run ends with its version's reading or failure; then
its scratch blobs go, and jobs that come late find nothing to do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select

from eakte.blobs.port import BlobClass
from eakte.database import Unit
from eakte.documents import acts as documents
from eakte.documents.model import DISPOSED, WITHDRAWN_PLACE, Document
from eakte.documents.tables import documents as all_documents
from eakte.journal import Moment, record
from eakte.recognition.model import DIVIDED, RANGES_READ, State
from eakte.recognition.tables import ranges, readings, runs
from eakte.vault import SealedBlob, Stored
from eakte.vault.rows import forget_blob, note_blob, sealed_blob

_READ = exists().where(readings.c.document == runs.c.document, readings.c.version == runs.c.version)


@dataclass(frozen=True)
class Run:
    """A version being read in ranges of its normalised PDF; `redrawn` as `ocr_pipeline.Prepared` says."""

    id: UUID
    document: UUID
    version: int
    pages: int
    source: SealedBlob
    redrawn: bool


def divide(
    unit: Unit, moment: Moment, begun: Document, source: Stored, spans: Sequence[tuple[int, int]], *, redrawn: bool
) -> bool:  # fmt: skip
    """Begin a run over the normalised PDF, a job for each span; False, and nothing done, where that comes late."""
    now = documents.find(unit, begun.id, lock=True)
    newest = now.version == begun.version
    if is_divided(unit, begun.id, begun.version) or (newest and now.reading_state != State.RUNNING):
        return False
    note_blob(unit, moment.at, BlobClass.SCRATCH, begun.id, source)
    ids = _insert(unit, moment, begun, source.blob_id, spans, redrawn=redrawn)
    if newest:
        documents.update(unit, begun.id, pages=spans[-1][1])
    details = {"version": begun.version, "pages": spans[-1][1], "ranges": len(spans)}
    record(unit, moment, DIVIDED, begun.id, details, hand_on=ids, priority=begun.priority)
    return True


def _insert(
    unit: Unit, moment: Moment, document: Document, source: UUID, spans: Sequence[tuple[int, int]], *, redrawn: bool
) -> list[UUID]:  # fmt: skip
    run, ids = moment.new_id(), [moment.new_id() for _ in spans]
    unit.run(
        runs.insert().values(
            tenant=unit.tenant, id=run, document=document.id, version=document.version, source=source,
            pages=spans[-1][1], redrawn=redrawn, begun_at=moment.at,
        )
    )  # fmt: skip
    rows = [
        {"tenant": unit.tenant, "id": id_, "run": run, "first_page": first, "last_page": last}
        for id_, (first, last) in zip(ids, spans, strict=True)
    ]
    unit.run(ranges.insert(), rows)
    return ids


def is_divided(unit: Unit, document: UUID, version: int) -> bool:
    """Whether this version has a run that has not ended."""
    found: bool = unit.run(select(exists().where(*_of(document, version)))).scalar_one()
    return found


def find_run(unit: Unit, run: UUID) -> Run | None:
    """The run, None where it has ended."""
    row = unit.one(select(runs).where(runs.c.id == run))
    if row is None:
        return None
    return Run(run, row.document, row.version, row.pages, sealed_blob(unit, row.source), row.redrawn)


def parts(unit: Unit, run: UUID) -> list[SealedBlob]:
    """What was read so far, in the order of pages."""
    read = select(ranges.c.blob).where(ranges.c.run == run, ranges.c.blob.is_not(None)).order_by(ranges.c.first_page)
    return [sealed_blob(unit, blob) for blob in unit.run(read).scalars().all()]


def open_range(unit: Unit, range_id: UUID) -> tuple[Run, range] | None:
    """The run and the page numbers of a range that is still to be read; None where there is nothing to do."""
    row = unit.one(select(ranges).where(ranges.c.id == range_id, ranges.c.blob.is_(None)))
    run = None if row is None else find_run(unit, row.run)
    return None if row is None or run is None else (run, range(row.first_page, row.last_page + 1))


def finish_range(unit: Unit, moment: Moment, range_id: UUID, run: Run, read: Stored) -> bool:
    """Keep what was read of a range; False, and nothing done, where late. The last one calls for the join."""
    if unit.one(select(runs.c.id).where(runs.c.id == run.id).with_for_update()) is None:
        return False
    if unit.one(select(ranges.c.id).where(ranges.c.id == range_id, ranges.c.blob.is_(None))) is None:
        return False
    note_blob(unit, moment.at, BlobClass.SCRATCH, run.document, read)
    unit.run(ranges.update().where(ranges.c.id == range_id).values(blob=read.blob_id))
    missing = select(func.count()).where(ranges.c.run == run.id, ranges.c.blob.is_(None))
    if unit.run(missing).scalar_one() == 0:
        priority = documents.find(unit, run.document).priority
        details = {"version": run.version}
        record(unit, moment, RANGES_READ, run.document, details, hand_on=[run.id], priority=priority)
    return True


def end_run(unit: Unit, document: UUID, version: int) -> list[SealedBlob]:
    """Let go of a version's run with its ranges, if there is one."""
    row = unit.one(select(runs).where(*_of(document, version)).with_for_update())
    if row is None:
        return []
    let_go = [sealed_blob(unit, row.source), *parts(unit, row.id)]
    unit.run(runs.delete().where(runs.c.id == row.id))
    forget(unit, let_go)
    return let_go


def end_needless_runs(unit: Unit) -> list[SealedBlob]:
    """For the sweep: runs of versions that are read, and of documents that were withdrawn or disposed of."""
    gone = select(all_documents.c.id).where(all_documents.c.place.in_([WITHDRAWN_PLACE, DISPOSED]))
    found = unit.all(select(runs.c.document, runs.c.version).where(_READ | runs.c.document.in_(gone)))
    return [blob for row in found for blob in end_run(unit, row.document, row.version)]


def forget(unit: Unit, blobs: Iterable[SealedBlob]) -> None:
    """Take the blobs' rows away; nothing may refer to them any more."""
    for blob in blobs:
        forget_blob(unit, blob.blob_id)


def _of(document: UUID, version: int) -> tuple[Any, ...]:
    return runs.c.document == document, runs.c.version == version

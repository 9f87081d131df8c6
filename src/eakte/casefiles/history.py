"""Looking at case files, as they are or as they stood at any revision or moment. Changes nothing."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, literal, or_, select

from eakte.access.model import Sight
from eakte.casefiles.acts import CASE_FILE_COLUMNS, LINE_COLUMNS
from eakte.casefiles.model import CaseFile, Line, Proceeding, Revision
from eakte.casefiles.tables import case_files, lines, proceedings, revisions
from eakte.database import Unit
from eakte.documents.model import Document
from eakte.documents.tables import documents
from eakte.errors import NotFound

_DOCUMENT_COLUMNS = [documents.c[field.name] for field in fields(Document)]
_REVISION_COLUMNS = [revisions.c[field.name] for field in fields(Revision)]
_PROCEEDING_COLUMNS = [proceedings.c[field.name] for field in fields(Proceeding)]


def listed(unit: Unit, sight: Sight, reference: str | None, before: UUID | None, limit: int) -> list[CaseFile]:
    """Newest first, `limit` of those in sight."""
    query = select(*CASE_FILE_COLUMNS).where(case_files.c.scope.in_(sight.seen))
    if reference is not None:
        query = query.where(case_files.c.reference == reference)
    if before is not None:
        query = query.where(case_files.c.id < before)
    return [CaseFile(**row._mapping) for row in unit.all(query.order_by(case_files.c.id.desc()).limit(limit))]


def known_among(unit: Unit, references: Sequence[str]) -> dict[str, tuple[UUID, str]]:
    """Id and state of the case files of these references, by index: a thousand take milliseconds among any number."""
    asked = any_(literal(list(references), ARRAY(Text)))
    query = select(case_files.c.reference, case_files.c.id, case_files.c.state).where(case_files.c.reference == asked)
    return {row.reference: (row.id, row.state) for row in unit.all(query)}


def as_of(unit: Unit, case_file: CaseFile, when: int | datetime | None) -> CaseFile:
    """As it stood at a revision or moment (None: now); NotFound before the first revision and after the last."""
    if when is None:
        return case_file
    query = select(*_REVISION_COLUMNS).where(revisions.c.case_file == case_file.id)
    wanted = revisions.c.at <= when if isinstance(when, datetime) else revisions.c.revision == when
    row = unit.run(query.where(wanted).order_by(revisions.c.revision.desc()).limit(1)).first()
    if row is None:
        raise NotFound("Diesen Stand der Akte gibt es nicht.")
    return replace(
        case_file, revision=row.revision, changed_at=row.at, title=row.title, state=row.state, scope=row.scope
    )


def lines_at(unit: Unit, case_file: UUID, revision: int, after: int, limit: int) -> list[tuple[Line, Document]]:
    """Lines of a revision with a number above `after`, in their order, each with its document as it is today."""
    query = select(*LINE_COLUMNS).where(
        lines.c.case_file == case_file, lines.c.number > after, lines.c.from_revision <= revision,
        or_(lines.c.to_revision.is_(None), lines.c.to_revision > revision),
    )  # fmt: skip
    found = [Line(**row._mapping) for row in unit.all(query.order_by(lines.c.number).limit(limit))]
    today = _documents(unit, [line.document for line in found])
    return [(line, today[line.document]) for line in found]


def _documents(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, Document]:
    rows = unit.all(select(*_DOCUMENT_COLUMNS).where(documents.c.id.in_(ids)))
    return {row.id: Document(**row._mapping) for row in rows}


def revision_list(unit: Unit, case_file: UUID, after: int, limit: int) -> list[Revision]:
    """Revisions above `after`, in their order."""
    query = select(*_REVISION_COLUMNS).where(revisions.c.case_file == case_file, revisions.c.revision > after)
    return [Revision(**row._mapping) for row in unit.all(query.order_by(revisions.c.revision).limit(limit))]


def proceeding_list(unit: Unit, case_file: UUID, after: int, limit: int) -> list[Proceeding]:
    """Proceedings opened in a revision above `after`, in their order."""
    query = select(*_PROCEEDING_COLUMNS).where(
        proceedings.c.case_file == case_file, proceedings.c.from_revision > after
    )
    return [Proceeding(**row._mapping) for row in unit.all(query.order_by(proceedings.c.from_revision).limit(limit))]

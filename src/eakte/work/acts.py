"""The clearing basket: a query on the place of documents, and following its proposals."""

from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, and_, case, or_, select, tuple_

from eakte.access import acts as access
from eakte.access.model import Permission, Principal, Sight
from eakte.casefiles import acts as casefiles
from eakte.casefiles.model import DEFAULT_ENTRY, CaseFile, ReferenceTaken
from eakte.casefiles.tables import case_files
from eakte.database import Unit
from eakte.documents.model import CLEARING, DUPLICATE_OF, Document
from eakte.documents.tables import documents, relations
from eakte.errors import NotFound
from eakte.journal import Moment
from eakte.work.model import NoProposal, NotInClearing, WorkItem


def clearing(unit: Unit, sight: Sight, after: tuple[datetime, UUID] | None, limit: int) -> list[WorkItem]:
    """Longest waiting first, `limit` of those in sight that come after (`since`, `id`)."""
    place = documents.c.clearing_since, documents.c.id
    query = _items(sight).where(documents.c.place == CLEARING, documents.c.scope.in_(sight.seen))
    if after is not None:
        query = query.where(tuple_(*place) > after)
    return [WorkItem(**row._mapping) for row in unit.all(query.order_by(*place).limit(limit))]


def confirm(unit: Unit, moment: Moment, principal: Principal, document: Document) -> None:
    """File a (locked) document as proposed, opening the case file if it is not there. NotInClearing, NoProposal."""
    if document.place != CLEARING:
        raise NotInClearing
    if document.proposed_reference is None:
        raise NoProposal
    case_file = _proposed(unit, moment, principal, document, document.proposed_reference)
    # after the case file: somebody may open one just now, and its scope is never younger than it
    if case_file.scope not in access.sight(unit, principal).within:
        raise NoProposal
    casefiles.file(unit, moment, document, case_file.id)


def _proposed(unit: Unit, moment: Moment, principal: Principal, document: Document, reference: str) -> CaseFile:
    """The case file that is there, or a new one in the org unit where the document arrived."""
    with suppress(NotFound):
        return casefiles.named(unit, reference)
    principal.need(Permission.OPEN)
    scope = casefiles.scope_for(unit, moment, casefiles.org_unit_of(unit, document.scope), DEFAULT_ENTRY)
    try:
        return casefiles.open_case_file(unit, moment, reference, f"Akte {reference}", scope)
    except ReferenceTaken:  # somebody else was quicker
        return casefiles.named(unit, reference)


def _items(sight: Sight) -> Select[Any]:
    """Proposals are shown as they stand now, and only where the case file is within reach."""
    proposed = and_(case_files.c.tenant == documents.c.tenant, case_files.c.reference == documents.c.proposed_reference)
    in_reach = or_(case_files.c.id.is_(None), case_files.c.scope.in_(sight.within))
    return select(
        documents.c.id,
        documents.c.reason,
        documents.c.clearing_since.label("since"),
        case((in_reach, case_files.c.id)).label("case_file"),
        case((in_reach, documents.c.proposed_reference)).label("case_reference"),
        documents.c.type_code,
        documents.c.asks,
        _duplicate_of(sight).label("duplicate_of"),
    ).select_from(documents.outerjoin(case_files, proposed))


def _duplicate_of(sight: Sight) -> ScalarSelect[Any]:
    """The oldest document that it may be a duplicate of, if that may be seen."""
    older = documents.alias()
    found = select(relations.c.other).join(
        older, and_(older.c.tenant == relations.c.tenant, older.c.id == relations.c.other)
    )
    is_ours = relations.c.tenant == documents.c.tenant, relations.c.document == documents.c.id
    mine = found.where(*is_ours, relations.c.kind == DUPLICATE_OF, older.c.scope.in_(sight.seen))
    return mine.order_by(relations.c.other).limit(1).correlate(documents).scalar_subquery()

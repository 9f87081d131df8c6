"""Changing case files. Every act locks the case file, raises its revision by one and writes down how it now stands.

Locks are taken in one order: the document (by whoever calls, see `documents.acts.find`), then case files by id.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, fields, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from eakte.access.acts import scope_of
from eakte.access.model import UNFILED as UNFILED_PART
from eakte.access.tables import scopes
from eakte.casefiles.model import (
    DEFAULT_ENTRY,
    FILED,
    LINE_CHANGED,
    OPEN,
    OPENED,
    PROCEEDING_OPENED,
    REFERENCE_PATTERN,
    UNFILED,
    AlreadyFiled,
    CaseFile,
    CaseFileClosed,
    Line,
    NotFiled,
    PlanEntry,
    Proceeding,
    ReferenceTaken,
)
from eakte.casefiles.plan import shipped_plan
from eakte.casefiles.tables import case_files, file_plan, lines, proceedings, revisions
from eakte.database import Unit
from eakte.documents import acts as documents
from eakte.documents.model import FILED as FILED_PLACE
from eakte.documents.model import WITHDRAWN_PLACE, Document, Source
from eakte.errors import Invalid, NotFound, Refused
from eakte.journal import Act, Moment, record

CASE_FILE_COLUMNS = [case_files.c[field.name] for field in fields(CaseFile)]
LINE_COLUMNS = [lines.c[field.name] for field in fields(Line)]


def install_file_plan(unit: Unit) -> None:
    """The entries a tenant begins with; those it has stay as they are."""
    rows = [{"tenant": unit.tenant, **asdict(entry)} for entry in shipped_plan()]
    unit.run(insert(file_plan).on_conflict_do_nothing(), rows)


def plan_entries(unit: Unit) -> list[PlanEntry]:
    """The tenant's file plan, by code."""
    columns = [file_plan.c[field.name] for field in fields(PlanEntry)]
    return [PlanEntry(**row._mapping) for row in unit.all(select(*columns).order_by(file_plan.c.code))]


def scope_for(unit: Unit, moment: Moment, org_unit: UUID, plan_entry: str) -> UUID:
    """The scope of a case file of this org unit and file plan entry; Invalid for an unknown entry."""
    plan = {entry.code: entry for entry in plan_entries(unit)}
    if plan_entry not in plan:
        raise Invalid(f"Unbekannte Aktenplaneinheit „{plan_entry}“; bekannt: {', '.join(sorted(plan))}.")
    return scope_of(unit, moment, org_unit, plan[plan_entry].file_part)


def open_case_file(
    unit: Unit, moment: Moment, reference: str, title: str, scope: UUID, plan_entry: str = DEFAULT_ENTRY
) -> CaseFile:
    """A new case file at revision 1; ReferenceTaken, Invalid for what is no reference.

    `scope` comes from `scope_for` with the same plan entry.
    """
    if not re.fullmatch(REFERENCE_PATTERN, reference):
        raise Invalid(f"„{reference}“ kann kein Aktenzeichen sein.")
    new = CaseFile(moment.new_id(), reference, plan_entry, scope, title, OPEN, 1, moment.at, 0)
    row = insert(case_files).values(tenant=unit.tenant, **asdict(new))
    if unit.run(row.on_conflict_do_nothing().returning(case_files.c.id)).first() is None:
        raise ReferenceTaken(f"Das Aktenzeichen {reference} ist schon vergeben.")
    _write_down(unit, moment, new, OPENED)
    details = {"reference": reference, "title": title, "file_plan_entry": plan_entry, "revision": 1}
    record(unit, moment, OPENED, new.id, details)
    return new


def find(unit: Unit, id_: UUID, allowed: Collection[UUID] | None = None) -> CaseFile:
    """The case file; NotFound where its scope is none of `allowed` (None: the service itself asks)."""
    row = unit.one(select(*CASE_FILE_COLUMNS).where(case_files.c.id == id_))
    return _checked(row, allowed)


def named(unit: Unit, reference: str, allowed: Collection[UUID] | None = None) -> CaseFile:
    """The case file of this reference; NotFound as in `find`."""
    row = unit.one(select(*CASE_FILE_COLUMNS).where(case_files.c.reference == reference))
    return _checked(row, allowed)


def _checked(row: Any, allowed: Collection[UUID] | None) -> CaseFile:
    if row is None or (allowed is not None and row.scope not in allowed):
        raise NotFound("Es gibt keine solche Akte.")
    return CaseFile(**row._mapping)


def open_proceeding(unit: Unit, moment: Moment, case_file: UUID, title: str) -> Proceeding:
    """A new proceeding; CaseFileClosed."""
    locked, moment = _locked(unit, moment, case_file)
    raised = _raised(unit, moment, locked[case_file], PROCEEDING_OPENED)
    new = Proceeding(moment.new_id(), title, raised.revision)
    unit.run(proceedings.insert().values(tenant=unit.tenant, case_file=case_file, **asdict(new)))
    details = {"title": title, "revision": raised.revision}
    record(unit, moment, PROCEEDING_OPENED, new.id, details, also=[case_file])
    return new


def file(unit: Unit, moment: Moment, document: Document, target: UUID, proceeding: UUID | None = None) -> None:
    """Into the case file, from wherever the (locked) document is; out of another one in the same moment.

    Raises CaseFileClosed for either case file, AlreadyFiled, NotFound for a proceeding of another case file.
    """
    if document.place == WITHDRAWN_PLACE:
        raise Refused("Das Dokument ist zurückgezogen.")
    locked, moment = _locked(unit, moment, target, document.case_file)
    _check_proceeding(unit, target, proceeding)
    if document.case_file == target:
        _rearrange(unit, moment, locked[target], document, proceeding)
        return
    if document.case_file is not None:
        _take_out(unit, moment, locked[document.case_file], document, None)
    _put_in(unit, moment, locked[target], document, proceeding)


def unfile(unit: Unit, moment: Moment, document: Document, reason: str) -> None:
    """Back to clearing, into the unfiled scope of the case file's org unit. NotFiled, CaseFileClosed."""
    if document.case_file is None:
        raise NotFiled
    locked, moment = _locked(unit, moment, document.case_file)
    case_file = locked[document.case_file]
    _take_out(unit, moment, case_file, document, reason)
    scope = scope_of(unit, moment, org_unit_of(unit, case_file.scope), UNFILED_PART)
    documents.update(unit, document.id, by_people=True, case_file=None, scope=scope)
    documents.to_clearing(unit, moment, document, f"Aus der Akte genommen: {reason}")


def change(unit: Unit, moment: Moment, document: Document, changes: dict[str, Any], reason: str | None) -> None:
    """Title, type_code with type_score, or receipt_date of a (locked) document, filed or not. CaseFileClosed."""
    if document.case_file is None:
        documents.change(unit, moment, document, changes, reason)
        return
    documents.check_type(unit, changes.get("type_code"))
    locked, moment = _locked(unit, moment, document.case_file)
    documents.update(unit, document.id, by_people=True, **changes)
    said = {name: value.isoformat() if isinstance(value, date) else value for name, value in changes.items()}
    _change_line(unit, moment, locked[document.case_file], document, changes, {**said, "reason": reason})


def new_version(unit: Unit, moment: Moment, document: Document, sources: Sequence[Source]) -> int:
    """The next version of a (locked) document, filed or not; it is to be read anew. CaseFileClosed."""
    if document.case_file is None:
        return documents.add_version(unit, moment, document, sources)
    locked, moment = _locked(unit, moment, document.case_file)
    number = documents.add_version(unit, moment, document, sources)
    _change_line(unit, moment, locked[document.case_file], document, {"version": number}, {"version": number})
    return number


def follow_reading(unit: Unit, moment: Moment, document: Document) -> None:
    """A (locked) document was filed before it was read: its line takes over what was found since.

    That is its type, and its version where reading cut a delivery into parts and this document became the first.
    """
    if document.case_file is None:
        return
    line = current_line(unit, document.id)
    found = {name: getattr(document, name) for name in ("type_code", "type_score", "version")}
    if any(getattr(line, name) != value for name, value in found.items()):
        said: dict[str, Any] = {"type_code": document.type_code}
        if line.version != document.version:
            said |= {"version": document.version}
        locked, moment = _locked(unit, moment, document.case_file)
        _change_line(unit, moment, locked[document.case_file], document, found, said)


def current_line(unit: Unit, document: UUID) -> Line:
    """The line of a filed document as it is now."""
    row = unit.one(select(*LINE_COLUMNS).where(lines.c.document == document, lines.c.to_revision.is_(None)))
    if row is None:
        raise NotFiled
    return Line(**row._mapping)


def was_filed(unit: Unit, document: UUID) -> bool:
    """Whether the document ever lay in a case file."""
    return unit.run(select(lines.c.document).where(lines.c.document == document).limit(1)).first() is not None


def org_unit_of(unit: Unit, scope: UUID) -> UUID:
    """The org unit of a scope."""
    found: UUID = unit.run(select(scopes.c.org_unit).where(scopes.c.id == scope)).scalar_one()
    return found


def _locked(unit: Unit, moment: Moment, *ids: UUID | None) -> tuple[dict[UUID, CaseFile], Moment]:
    """Open case files, locked in the order of their ids, and the moment, never before their last change."""
    wanted = {id_ for id_ in ids if id_ is not None}
    query = select(*CASE_FILE_COLUMNS).where(case_files.c.id.in_(wanted)).order_by(case_files.c.id)
    found = {row.id: CaseFile(**row._mapping) for row in unit.all(query.with_for_update())}
    if len(found) != len(wanted):
        raise NotFound("Es gibt keine solche Akte.")
    for case_file in found.values():
        if case_file.state != OPEN:
            raise CaseFileClosed(f"Die Akte {case_file.reference} ist geschlossen.")
    return found, replace(moment, at=max(moment.at, *(case_file.changed_at for case_file in found.values())))


def _raised(unit: Unit, moment: Moment, case_file: CaseFile, act: Act, *, numbers: int = 0) -> CaseFile:
    """The case file at its next revision; `numbers` running numbers were given in it."""
    raised = replace(
        case_file, revision=case_file.revision + 1, changed_at=moment.at, last_number=case_file.last_number + numbers
    )
    values = {"revision": raised.revision, "changed_at": raised.changed_at, "last_number": raised.last_number}
    unit.run(case_files.update().where(case_files.c.id == case_file.id).values(**values))
    _write_down(unit, moment, raised, act)
    return raised


def _write_down(unit: Unit, moment: Moment, case_file: CaseFile, act: Act) -> None:
    unit.run(
        revisions.insert().values(
            tenant=unit.tenant, case_file=case_file.id, revision=case_file.revision, at=moment.at, actor=moment.actor,
            act=str(act), title=case_file.title, state=case_file.state, scope=case_file.scope,
        )
    )  # fmt: skip


def _put_in(unit: Unit, moment: Moment, case_file: CaseFile, document: Document, proceeding: UUID | None) -> None:
    raised = _raised(unit, moment, case_file, FILED, numbers=1)
    line = Line(
        raised.last_number, document.id, document.version, proceeding, document.title, document.type_code,
        document.type_score, document.receipt_date, moment.at,
    )  # fmt: skip
    _open_line(unit, raised, line)
    documents.update(
        unit, document.id, by_people=True, place=FILED_PLACE, case_file=raised.id, scope=raised.scope, reason=None,
        proposed_case_file=None, proposed_reference=None, clearing_since=None,
    )  # fmt: skip
    details = {"number": line.number, "proceeding": proceeding and str(proceeding)}
    _enter(unit, moment, FILED, raised, document, details)


def _take_out(unit: Unit, moment: Moment, case_file: CaseFile, document: Document, reason: str | None) -> None:
    line = current_line(unit, document.id)
    raised = _raised(unit, moment, case_file, UNFILED)
    _close_line(unit, raised, line)
    _enter(unit, moment, UNFILED, raised, document, {"number": line.number, "reason": reason})


def _rearrange(unit: Unit, moment: Moment, case_file: CaseFile, document: Document, proceeding: UUID | None) -> None:
    if current_line(unit, document.id).proceeding == proceeding:
        raise AlreadyFiled
    documents.update(unit, document.id, by_people=True)
    details = {"proceeding": proceeding and str(proceeding)}
    _change_line(unit, moment, case_file, document, {"proceeding": proceeding}, details)


def _change_line(
    unit: Unit, moment: Moment, case_file: CaseFile, document: Document, changes: dict[str, Any], said: dict[str, Any]
) -> None:
    """The line as it was ends with this revision, the changed one begins, under the same number."""
    line = current_line(unit, document.id)
    raised = _raised(unit, moment, case_file, LINE_CHANGED)
    _close_line(unit, raised, line)
    _open_line(unit, raised, replace(line, **changes))
    _enter(unit, moment, LINE_CHANGED, raised, document, {"number": line.number, **said})


def _open_line(unit: Unit, raised: CaseFile, line: Line) -> None:
    key = {"tenant": unit.tenant, "case_file": raised.id, "from_revision": raised.revision}
    unit.run(lines.insert().values(**key, **asdict(line)))


def _close_line(unit: Unit, raised: CaseFile, line: Line) -> None:
    current = lines.c.document == line.document, lines.c.to_revision.is_(None)
    unit.run(lines.update().where(*current).values(to_revision=raised.revision))


def _enter(unit: Unit, moment: Moment, act: Act, raised: CaseFile, document: Document, details: dict[str, Any]) -> None:
    """About the document, and in the case file's journal too."""
    said = {**details, "revision": raised.revision}
    record(unit, moment, act, document.id, said, also=[raised.id], priority=document.priority)


def _check_proceeding(unit: Unit, case_file: UUID, proceeding: UUID | None) -> None:
    if proceeding is None:
        return
    found = select(proceedings.c.id).where(proceedings.c.id == proceeding, proceedings.c.case_file == case_file)
    if unit.one(found) is None:
        raise NotFound("Es gibt keinen solchen Vorgang in dieser Akte.")

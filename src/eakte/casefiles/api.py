"""Case files over HTTP: open them, show them as of any revision or moment, file documents and change filed ones."""

import re
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, Field, model_validator

from eakte.access import acts as access
from eakte.access.api import Call, Caller
from eakte.access.model import Permission
from eakte.casefiles import acts, history
from eakte.casefiles.model import DEFAULT_ENTRY, REFERENCE_PATTERN, SEEN, CaseFile, Line
from eakte.database import Unit
from eakte.documents.acts import type_names
from eakte.documents.api import DocumentBody, WholeDocument, document_answer, document_body, scans, seen
from eakte.documents.model import DISPOSED, FILED, Document
from eakte.errors import Forbidden, Invalid
from eakte.gate.model import Scan
from eakte.journal import record_read
from eakte.web.matching import IfMatch, etag, need_match
from eakte.web.once import Answer
from eakte.web.paging import DEFAULT_LIMIT, Cursor, InvalidCursor, Limit, decode_cursor, encode_cursor, id_in_cursor
from eakte.web.problems import PROBLEMS
from eakte.web.words import Day

router = APIRouter(prefix="/v1", tags=["casefiles"], responses=PROBLEMS)

_LARGEST = 2**31 - 1
Title = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
ChangeReason = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]+$")]
Reference = Annotated[str, Field(min_length=1, max_length=100, pattern=REFERENCE_PATTERN)]
Code = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
AsOf = Annotated[str | None, Query(max_length=40, description="Nummer eines Aktenstandes oder Zeitpunkt nach RFC 3339")]


class NotMyOrgUnit(Forbidden):
    """The org unit named is not there, or not within the caller's."""

    code, title = "not-my-org-unit", "Die Organisationseinheit gehört nicht zu den eigenen"
    remedy = "GET /v1/me nennt die eigenen."


class NewCaseFile(BaseModel):
    """A case file to be opened; file plan entry and org unit by code."""

    reference: Reference
    title: Title
    file_plan_entry: Code = DEFAULT_ENTRY
    org_unit: Code | None = None


class CaseFileBody(BaseModel):
    """A case file at one of its revisions; `changed_at` is that revision's time."""

    id: UUID
    reference: str
    title: str
    revision: int
    state: str
    scope: UUID
    file_plan_entry: str
    changed_at: AwareDatetime


class CaseFileList(BaseModel):
    """A page of case files, newest first."""

    items: list[CaseFileBody]
    next: str | None


class LineBody(DocumentBody):
    """A filed document: title, type, date, version and place of that revision, the rest of today.

    `opens`: whether the caller may open its content today; if not, nothing of today is told (`reading.state` is
    `unknown`).
    """

    number: int
    proceeding: UUID | None
    filed_at: AwareDatetime
    version: int
    opens: bool


class LineList(BaseModel):
    """A page of a case file's content by running number; `revision` stays the same through all pages."""

    items: list[LineBody]
    next: str | None
    revision: int


class RevisionBody(BaseModel):
    """One changing act on a case file."""

    revision: int
    at: AwareDatetime
    actor: UUID
    act: str
    title: str
    state: str


class RevisionList(BaseModel):
    """A page of revisions, oldest first."""

    items: list[RevisionBody]
    next: str | None


class NewProceeding(BaseModel):
    """A proceeding to be opened."""

    title: Title


class ProceedingBody(BaseModel):
    """A proceeding, there since `from_revision`."""

    id: UUID
    title: str
    from_revision: int


class ProceedingList(BaseModel):
    """A page of proceedings, oldest first."""

    items: list[ProceedingBody]
    next: str | None


class PlanEntryBody(BaseModel):
    """An entry of the file plan."""

    code: str
    title: str
    file_part: str
    retention_years: int


class Plan(BaseModel):
    """The file plan."""

    items: list[PlanEntryBody]
    next: None = None


class Filing(BaseModel):
    """Where a document is to go: a case file by id or by reference, and a proceeding in it."""

    case_file: UUID | None = None
    case_reference: Annotated[str, Field(max_length=100, pattern=REFERENCE_PATTERN)] | None = None
    proceeding: UUID | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Filing":
        if (self.case_file is None) == (self.case_reference is None):
            raise ValueError("case_file or case_reference")
        return self


class DocumentChanges(BaseModel):
    """What is to change; what is left out stays. The type by code."""

    title: Title | None = None
    type: Code | None = None
    receipt_date: Day | None = None
    change_reason: ChangeReason | None = None

    def against(self, document: Document) -> dict[str, Any]:
        """Columns that would differ; a type that a person chose has no score."""
        wanted = {"title": self.title, "receipt_date": self.receipt_date}
        changes: dict[str, Any] = {
            name: value for name, value in wanted.items() if value is not None and value != getattr(document, name)
        }
        if self.type is not None and (self.type, None) != (document.type_code, document.type_score):
            changes |= {"type_code": self.type, "type_score": None}
        return changes


# --- case files


@router.post("/casefiles", status_code=201, response_model=CaseFileBody)
def open_case_file(caller: Caller, wanted: NewCaseFile) -> Response:
    """Open a case file; without an org unit it belongs to the caller's first one."""
    caller.need(Permission.OPEN)

    def act(unit: Unit) -> Answer:
        org = _org_unit(caller, unit, wanted.org_unit)
        scope = acts.scope_for(unit, caller.moment, org, wanted.file_plan_entry)
        if scope not in access.sight(unit, caller.principal).within:
            raise NotMyOrgUnit
        opened = acts.open_case_file(unit, caller.moment, wanted.reference, wanted.title, scope, wanted.file_plan_entry)
        headers = {"ETag": etag(opened.revision), "Location": f"/v1/casefiles/{opened.id}"}
        return Answer(201, _case_file_body(opened).model_dump(mode="json"), headers)

    return caller.once(wanted, act)


def _org_unit(caller: Call, unit: Unit, code: str | None) -> UUID:
    """The caller's first one unless another is named; only who sees all learns which there are."""
    if code is None:
        return access.home_unit(unit, caller.principal)
    try:
        return access.org_unit(unit, code)
    except Invalid:
        if caller.principal.org_units is None:
            raise
        raise NotMyOrgUnit from None


@router.get("/casefiles")
def list_case_files(
    caller: Caller,
    reference: Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]*$")] = None,
    cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT,
) -> CaseFileList:  # fmt: skip
    """Case files the caller may see, newest first."""
    before = id_in_cursor("casefiles", cursor) if cursor else None
    with caller.database.look(caller.principal.tenant) as unit:
        sight = access.sight(unit, caller.principal)
        found = history.listed(unit, sight, reference, before, limit + 1)
    more = encode_cursor("casefiles", str(found[limit - 1].id)) if len(found) > limit else None
    return CaseFileList(items=[_case_file_body(each) for each in found[:limit]], next=more)


@router.get("/casefiles/{id}")
def get_case_file(caller: Caller, id: UUID, response: Response, as_of: AsOf = None) -> CaseFileBody:  # noqa: A002
    """One case file, as it is or as it stood."""
    with caller.database.unit(caller.principal.tenant) as unit:
        found = history.as_of(unit, opened(caller, unit, id), _moment(as_of))
    _mark(response, found)
    return _case_file_body(found)


@router.get("/casefiles/{id}/documents")
def list_content(
    caller: Caller, id: UUID, response: Response, as_of: AsOf = None, cursor: Cursor = None,  # noqa: A002
    limit: Limit = DEFAULT_LIMIT,
) -> LineList:  # fmt: skip
    """The content of a case file by running number, as it is or as it stood; the cursor keeps the revision."""
    pinned, after = _numbers_in("content", cursor, id, 2) if cursor else (None, 0)
    with caller.database.unit(caller.principal.tenant) as unit:
        found = history.as_of(unit, opened(caller, unit, id), _moment(as_of) if pinned is None else pinned)
        sight, names = access.sight(unit, caller.principal), type_names(unit)
        lines = history.lines_at(unit, id, found.revision, after, limit + 1)
        known = scans(unit, [replace(document, version=line.version) for line, document in lines])
    _mark(response, found)
    items = [_line_body(id, line, doc, doc.scope in sight.seen, names, known) for line, doc in lines[:limit]]
    more = _cursor("content", id, found.revision, items[-1].number) if len(lines) > limit else None
    return LineList(items=items, next=more, revision=found.revision)


@router.get("/casefiles/{id}/revisions")
def list_revisions(
    caller: Caller, id: UUID, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT,  # noqa: A002
) -> RevisionList:  # fmt: skip
    """All changing acts on a case file, oldest first."""
    (after,) = _numbers_in("revisions", cursor, id, 1) if cursor else (0,)
    with caller.database.unit(caller.principal.tenant) as unit:
        opened(caller, unit, id)
        found = history.revision_list(unit, id, after, limit + 1)
    items = [RevisionBody.model_validate(each, from_attributes=True) for each in found[:limit]]
    return RevisionList(items=items, next=_cursor("revisions", id, items[-1].revision) if len(found) > limit else None)


@router.get("/casefiles/{id}/proceedings")
def list_proceedings(
    caller: Caller, id: UUID, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT,  # noqa: A002
) -> ProceedingList:  # fmt: skip
    """The proceedings of a case file, oldest first."""
    (after,) = _numbers_in("proceedings", cursor, id, 1) if cursor else (0,)
    with caller.database.unit(caller.principal.tenant) as unit:
        opened(caller, unit, id)
        found = history.proceeding_list(unit, id, after, limit + 1)
    items = [ProceedingBody(**asdict(each)) for each in found[:limit]]
    return ProceedingList(
        items=items, next=_cursor("proceedings", id, items[-1].from_revision) if len(found) > limit else None
    )


@router.post("/casefiles/{id}/proceedings", status_code=201, response_model=ProceedingBody)
def open_proceeding(caller: Caller, id: UUID, wanted: NewProceeding) -> Response:  # noqa: A002
    """Open a proceeding in a case file."""

    def act(unit: Unit) -> Answer:
        acts.find(unit, id, access.sight(unit, caller.principal).seen)
        caller.need(Permission.OPEN)
        new = acts.open_proceeding(unit, caller.moment, id, wanted.title)
        return Answer(201, ProceedingBody(**asdict(new)).model_dump(mode="json"))

    return caller.once(wanted, act)


@router.get("/fileplan")
def list_plan(caller: Caller) -> Plan:
    """The tenant's file plan."""
    with caller.database.look(caller.principal.tenant) as unit:
        return Plan(items=[PlanEntryBody(**asdict(entry)) for entry in acts.plan_entries(unit)])


# --- documents in case files


@router.post("/documents/{id}/filings", status_code=201, response_model=WholeDocument)
def file_document(caller: Caller, id: UUID, wanted: Filing, if_match: IfMatch = None) -> Response:  # noqa: A002
    """File a document, or move it; `If-Match` is required where it is filed already."""

    def act(unit: Unit) -> Answer:
        document = seen(caller, unit, id, lock=True)
        caller.need(Permission.FILE)
        if if_match is not None or document.place == FILED:
            need_match(if_match, document.revision)
        acts.file(unit, caller.moment, document, _target(caller, unit, wanted).id, wanted.proceeding)
        return document_answer(unit, id)

    return caller.once(wanted, act)


@router.delete("/documents/{id}/filings/current", response_model=WholeDocument)
def unfile_document(
    caller: Caller, id: UUID, reason: Annotated[ChangeReason, Query()], if_match: IfMatch = None,  # noqa: A002
) -> Response:  # fmt: skip
    """Take a document out of its case file, back to clearing."""
    return _changing(caller, id, Permission.FILE, if_match, lambda u, d: acts.unfile(u, caller.moment, d, reason))


@router.patch("/documents/{id}", response_model=WholeDocument)
def change_document(
    caller: Caller, id: UUID, wanted: DocumentChanges, if_match: IfMatch = None,  # noqa: A002
) -> Response:  # fmt: skip
    """Change title, type or receipt date; of a filed document in its case file."""

    def act(unit: Unit, document: Document) -> None:
        if changes := wanted.against(document):
            acts.change(unit, caller.moment, document, changes, wanted.change_reason)

    return _changing(caller, id, Permission.CHANGE, if_match, act)


def _changing(
    caller: Call, id_: UUID, permission: Permission, if_match: str | None, act: Callable[[Unit, Document], None]
) -> Response:
    with caller.database.unit(caller.principal.tenant) as unit:
        document = seen(caller, unit, id_, lock=True)
        caller.need(permission)
        need_match(if_match, document.revision)
        act(unit, document)
        answer = document_answer(unit, id_, 200)
    return answer.response()


def _target(caller: Call, unit: Unit, wanted: Filing) -> CaseFile:
    """Where one files one need not be able to look: the mailroom does not."""
    within = access.sight(unit, caller.principal).within
    if wanted.case_file is not None:
        return acts.find(unit, wanted.case_file, within)
    assert wanted.case_reference is not None
    return acts.named(unit, wanted.case_reference, within)


# --- forms


def opened(caller: Call, unit: Unit, id_: UUID) -> CaseFile:
    """The case file, NotFound unless in sight; that it was opened is entered."""
    found = acts.find(unit, id_, access.sight(unit, caller.principal).seen)
    record_read(unit, caller.moment, SEEN, id_, {})
    return found


def _mark(response: Response, found: CaseFile) -> None:
    response.headers["ETag"] = etag(found.revision)
    response.headers["Cache-Control"] = "private, no-cache"


def _case_file_body(case_file: CaseFile) -> CaseFileBody:
    return CaseFileBody.model_validate(case_file, from_attributes=True)


def _line_body(
    case_file: UUID, line: Line, document: Document, in_sight: bool, names: dict[str, str], known: dict[UUID, Scan]
) -> LineBody:  # fmt: skip
    opens = in_sight and document.place != DISPOSED
    then = replace(
        document, title=line.title, type_code=line.type_code, type_score=line.type_score, version=line.version,
        receipt_date=line.receipt_date, place=FILED, state=FILED, case_file=case_file, reason=None,
    )  # fmt: skip
    if not opens:
        then = replace(then, reading_state="unknown", reading_reason=None, pages=None)
    return LineBody(
        **document_body(then, names, known.get(document.id) if opens else None), number=line.number,
        proceeding=line.proceeding, filed_at=line.filed_at, version=line.version, opens=opens,
    )  # fmt: skip


def _moment(as_of: str | None) -> int | datetime | None:
    """A revision number or a moment; a plus sign that arrived as a blank is one again."""
    if as_of is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", as_of):
        return int(as_of)
    try:
        found = datetime.fromisoformat(as_of.replace(" ", "+"))
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Invalid("as_of ist weder die Nummer eines Aktenstandes noch ein Zeitpunkt mit Zeitzone (RFC 3339).")


def _cursor(kind: str, case_file: UUID, *numbers: int) -> str:
    return encode_cursor(kind, str(case_file), *numbers)


def _numbers_in(kind: str, cursor: str, case_file: UUID, count: int) -> list[int]:
    """Numbers of a cursor of this case file."""
    of, *numbers = decode_cursor(kind, cursor, [str, *[int] * count])
    if of != str(case_file) or not all(0 <= number <= _LARGEST for number in numbers):
        raise InvalidCursor
    return numbers

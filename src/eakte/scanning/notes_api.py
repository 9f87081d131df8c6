"""Transfer notes over HTTP, as signed JSON and the DRV's XML; findings of a batch; what is said of its capture."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response
from pydantic import AwareDatetime, BaseModel, Field, model_validator

from eakte.access.api import Caller
from eakte.access.model import Permission
from eakte.database import Unit
from eakte.documents.api import seen
from eakte.scanning import acts, captures, delivered, transfer_notes
from eakte.scanning.drv import MEDIA_TYPE, drv_xml
from eakte.scanning.evidence import Capture, Remark
from eakte.web.once import Answer
from eakte.web.paging import DEFAULT_LIMIT, Cursor, Limit, encode_cursor, id_in_cursor
from eakte.web.problems import PROBLEMS
from eakte.web.words import WITHOUT_NUL

router = APIRouter(prefix="/v1", tags=["scanning"], responses=PROBLEMS)

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Text = Annotated[str, Field(min_length=1, max_length=1000, pattern=WITHOUT_NUL)]
Short = Annotated[str, Field(min_length=1, max_length=200, pattern=WITHOUT_NUL)]


class NoteLine(BaseModel):
    """A transfer note in a list; `sha256` is of the JCS of the whole signed note."""

    number: int
    document_version: int
    made_at: AwareDatetime
    sha256: str


class NoteList(BaseModel):
    """Notes of a document, newest first: the newest is the one that counts."""

    items: list[NoteLine]
    next: None = None


class RemarkBody(BaseModel):
    """Something that the operator noticed: on a page, an item (its name), or the whole batch."""

    text: Text
    item: Text | None = None
    page: int | None = Field(None, ge=1, le=100_000)


class CaptureBody(BaseModel):
    """How and when a batch was captured; `scanner` names what it likes: manufacturer, model, serial, software."""

    scanner: dict[Short, Short] = Field(default_factory=dict, max_length=20)
    begun_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    reworked: bool = False
    remarks: list[RemarkBody] = Field(default_factory=list, max_length=10_000)

    @model_validator(mode="after")
    def _in_order(self) -> "CaptureBody":
        if self.begun_at and self.ended_at and self.ended_at < self.begun_at:
            raise ValueError("it ended before it began")
        return self


class Said(BaseModel):
    """Which statement on the batch's capture this is."""

    number: int


class FindingBody(BaseModel):
    """What an automatic check found, on a page of a document or on all of it; a person decides."""

    document: UUID
    item: str
    page: int | None
    code: str
    text: str


class FindingList(BaseModel):
    """Findings of a batch, document by document; a page is of so many documents, found something of or not."""

    items: list[FindingBody]
    next: str | None


@router.get("/documents/{id}/transfer-notes")
def list_notes(caller: Caller, id: UUID) -> NoteList:  # noqa: A002
    """Transfer notes (Transfervermerke) of a document; empty where it came with no batch."""
    with caller.database.look(caller.principal.tenant) as unit:
        seen(caller, unit, id)
        found = transfer_notes.listed(unit, id)
    return NoteList(items=[NoteLine(number=n, document_version=v, made_at=at, sha256=s) for n, v, at, s in found])


_FORMS: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {}, MEDIA_TYPE: {}},
                                                 "description": "Der Vermerk"}}  # fmt: skip


@router.get("/documents/{id}/transfer-notes/{number}", response_class=Response, responses=_FORMS)
def get_note(request: Request, caller: Caller, id: UUID, number: Number) -> Response:  # noqa: A002
    """One transfer note: the signed JSON, or by `Accept: application/xml` the form of the DRV."""
    with caller.database.look(caller.principal.tenant) as unit:
        seen(caller, unit, id)
        note = transfer_notes.numbered(unit, id, number)
    headers = {"Cache-Control": "private, no-cache", "Vary": "Accept"}
    if _wants_xml(request.headers.get("accept", "")):
        return Response(drv_xml(note), headers=headers, media_type=MEDIA_TYPE)
    return JSONResponse(note, headers=headers)


def _wants_xml(accept: str) -> bool:
    kinds = [each.split(";")[0].strip() for each in accept.split(",")]
    return MEDIA_TYPE in kinds and "application/json" not in kinds


@router.post("/batches/{id}/captures", status_code=201, response_model=Said)
def say_capture(caller: Caller, id: UUID, capture: CaptureBody) -> Response:  # noqa: A002
    """Say how, when and with what remarks a batch was captured; said again, the newest counts."""

    def act(unit: Unit) -> Answer:
        batch = acts.find(unit, id, caller.principal, "alone")
        caller.need(Permission.HAND_IN)
        return Answer(201, {"number": captures.say(unit, caller.moment, batch.id, _capture(capture))})

    return caller.once(capture, act)


def _capture(said: CaptureBody) -> Capture:
    remarks = tuple(Remark(each.text, each.item, each.page) for each in said.remarks)
    return Capture(said.scanner, said.begun_at, said.ended_at, said.reworked, remarks)


@router.get("/batches/{id}/findings")
def list_findings(
    caller: Caller, id: UUID, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT  # noqa: A002
) -> FindingList:  # fmt: skip
    """What automatic checks found in a batch, to be looked at by a person."""
    after = id_in_cursor("findings", cursor) if cursor else None
    with caller.database.look(caller.principal.tenant) as unit:
        batch = acts.find(unit, id, caller.principal)
        shown = delivered.named_documents(unit, batch.id, after, limit + 1)
        found = transfer_notes.findings_of(unit, [document for document, _ in shown[:limit]])
    items = [
        FindingBody(document=document, item=name, page=each.page, code=each.code, text=each.text)
        for document, name in shown[:limit]
        for each in found.get(document, ())
    ]
    more = encode_cursor("findings", str(shown[limit - 1][0])) if len(shown) > limit else None
    return FindingList(items=items, next=more)

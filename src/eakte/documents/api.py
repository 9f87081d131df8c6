"""Documents over HTTP: lists, one with its versions, renditions with byte ranges, withdrawal, the types."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from mimetypes import guess_extension
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from eakte.access import acts as access
from eakte.access.api import Call, Caller
from eakte.access.model import Permission, Sight
from eakte.database import Unit
from eakte.documents import acts
from eakte.documents.model import CONTENT_READ, Document, Rendition
from eakte.errors import NotFound, Problem
from eakte.gate import acts as gate
from eakte.gate.model import Quarantined, Scan, State, Subject
from eakte.journal import record_read
from eakte.vault import Vault
from eakte.vault.rows import sealed_blob
from eakte.web.content import content_response
from eakte.web.matching import IfMatch, etag, need_match
from eakte.web.once import Answer
from eakte.web.paging import DEFAULT_LIMIT, Cursor, Limit, encode_cursor, id_in_cursor
from eakte.web.problems import PROBLEMS
from eakte.web.words import WITHOUT_NUL, Word

router = APIRouter(prefix="/v1", tags=["documents"], responses=PROBLEMS)


class RenditionNotMade(Problem):
    """There is no such form of this version, or not yet."""

    code, status, title = "rendition-not-made", 404, "Diese Form des Dokuments gibt es (noch) nicht"
    remedy = "state und reading.state des Dokuments prüfen; ein Original gibt es immer."


class Kind(StrEnum):
    """Forms of a version."""

    ORIGINAL = "original"
    ARCHIVAL = "archival"
    READING = "reading"
    TEXT = "text"


class ReadingState(BaseModel):
    """How far reading is: waiting, running, done, failed."""

    state: str
    reason: str | None


class DocumentType(BaseModel):
    """Type with the classifier's score from 0 to 1; the score is null where a person decided."""

    code: str
    name: str
    score: float | None


class SourceBody(BaseModel):
    """Where a version's pages come from; null: from the first, to the last. `entry`: the path in a ZIP, mail or PDF."""

    received_file: UUID
    first_page: int | None
    last_page: int | None
    entry: str | None


class RenditionBody(BaseModel):
    """A form of a version; `bytes` and `sha256` are of what is served."""

    kind: str
    media_type: str
    sha256: str
    bytes: int
    conformance: str | None
    conformance_reason: str | None


class VersionBody(BaseModel):
    """A version; hash, size and media type are its original's."""

    number: int
    created_at: AwareDatetime
    sha256: str
    bytes: int
    media_type: str
    sources: list[SourceBody]
    renditions: list[RenditionBody]


class RelationBody(BaseModel):
    """A related document: attachment-of, has-attachment, duplicate-of and others."""

    kind: str
    document: UUID


class MalwareBody(BaseModel):
    """What a virus scanner said of the newest version: clean, infected, or not-scanned with the reason where known."""

    state: str
    signature: str | None
    at: AwareDatetime | None
    reason: str | None


class DocumentBody(BaseModel):
    """A document as lists show it."""

    id: UUID
    state: str
    reason: str | None
    title: str
    receipt_date: date
    received_at: AwareDatetime
    received_file: UUID
    place: str
    reading: ReadingState
    document_type: DocumentType | None
    case_file: UUID | None
    pages: int | None
    malware: MalwareBody


class WholeDocument(DocumentBody):
    """A document with its versions and relations; `quarantine`: why the newest version's original is kept apart."""

    versions: list[VersionBody]
    relations: list[RelationBody]
    quarantine: str | None


class DocumentList(BaseModel):
    """A page of documents, newest first."""

    items: list[DocumentBody]
    next: str | None


class TypeBody(BaseModel):
    """An entry of the catalogue of document types."""

    code: str
    name: str
    file_part: str


class TypeList(BaseModel):
    """The catalogue."""

    items: list[TypeBody]
    next: None = None


class Reason(BaseModel):
    """Why something is done; stands in the journal."""

    reason: str = Field(min_length=1, max_length=1000, pattern=WITHOUT_NUL)


def document_body(document: Document, names: dict[str, str], scan: Scan | None) -> dict[str, Any]:
    """The fields of `DocumentBody`; `names` are those of the types, `scan` as by `scans`."""
    kind = document.type_code
    return {
        "id": document.id, "state": document.state, "title": document.title,
        "reason": document.reading_reason if document.state == "parked" else document.reason,
        "receipt_date": document.receipt_date, "received_at": document.received_at,
        "received_file": document.received_file, "place": document.place,
        "reading": {"state": document.reading_state, "reason": document.reading_reason},
        "document_type": kind and {"code": kind, "name": names.get(kind, kind), "score": document.type_score},
        "case_file": document.case_file, "pages": document.pages, "malware": _malware(scan),
    }  # fmt: skip


def scans(unit: Unit, found: Sequence[Document]) -> dict[UUID, Scan]:
    """What is known of malware in these documents, at the version that each of them says."""
    wanted = [(each.id, each.version) for each in found]
    came = acts.received_for(unit, wanted)
    return gate.standing(unit, [Subject(id_, version, came[id_]) for id_, version in wanted if id_ in came])


def _malware(scan: Scan | None) -> MalwareBody:
    if scan is None:
        return MalwareBody(state=State.NOT_SCANNED, signature=None, at=None, reason=None)
    return MalwareBody(state=scan.state, signature=scan.signature, at=scan.at, reason=scan.reason)


def whole_document(unit: Unit, document: Document, sight: Sight | None = None) -> WholeDocument:
    """With versions and relations; without a sight, none to duplicates."""
    return WholeDocument(
        **document_body(document, acts.type_names(unit), scans(unit, [document]).get(document.id)),
        versions=[_version(*version) for version in acts.version_list(unit, document.id)],
        relations=[
            RelationBody(kind=kind, document=other) for kind, other in acts.relation_list(unit, document.id, sight)
        ],
        quarantine=_quarantine(unit, document.id, document.version),
    )


def _quarantine(unit: Unit, document: UUID, version: int) -> str | None:
    return gate.quarantine(unit, document, version, acts.whole_file(unit, document, version))


def _version(number: int, created_at: datetime, sources: list[Any], made: list[Rendition]) -> VersionBody:
    original = next(rendition for rendition in made if rendition.kind == Kind.ORIGINAL)
    return VersionBody(
        number=number, created_at=created_at, sha256=original.sha256, bytes=original.bytes,
        media_type=original.media_type, sources=[SourceBody.model_validate(s, from_attributes=True) for s in sources],
        renditions=[RenditionBody.model_validate(r, from_attributes=True) for r in made],
    )  # fmt: skip


def seen(caller: Call, unit: Unit, id_: UUID, *, lock: bool = False) -> Document:
    """The document if the caller may see it, NotFound otherwise."""
    return acts.find(unit, id_, access.sight(unit, caller.principal), lock=lock)


@router.get("/documents")
def list_documents(
    request: Request, caller: Caller, state: Word | None = None, case_file: UUID | None = None,
    type: Word | None = None, received_file: UUID | None = None, batch: UUID | None = None,  # noqa: A002
    cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT,
) -> DocumentList:  # fmt: skip
    """Documents the caller may see, newest first."""
    files = request.app.state.files_of_batch(batch) if batch else None  # a batch is known to a higher room
    equal = {"state": state, "case_file": case_file, "type_code": type, "received_file": received_file}
    before = id_in_cursor("documents", cursor) if cursor else None
    with caller.database.look(caller.principal.tenant) as unit:
        sight = access.sight(unit, caller.principal)
        asked = {name: value for name, value in equal.items() if value is not None}
        found, names = acts.listed(unit, sight, before, limit + 1, files, **asked), acts.type_names(unit)
        known = scans(unit, found)
    more = encode_cursor("documents", str(found[limit - 1].id)) if len(found) > limit else None
    return DocumentList(
        items=[DocumentBody(**document_body(d, names, known.get(d.id))) for d in found[:limit]], next=more
    )


@router.get("/documents/{id}")
def get_document(caller: Caller, id: UUID, response: Response) -> WholeDocument:  # noqa: A002
    """One document with versions, renditions and relations."""
    with caller.database.look(caller.principal.tenant) as unit:
        sight = access.sight(unit, caller.principal)
        document = acts.find(unit, id, sight)
        response.headers["ETag"] = etag(document.revision)
        response.headers["Cache-Control"] = "private, no-cache"
        return whole_document(unit, document, sight)


@router.post("/documents/{id}/withdrawals", status_code=201, response_model=WholeDocument)
def withdraw(caller: Caller, id: UUID, why: Reason, if_match: IfMatch = None) -> Response:  # noqa: A002
    """Take a misdirected or duplicate document out of the way."""

    def act(unit: Unit) -> Answer:
        document = seen(caller, unit, id, lock=True)
        caller.need(Permission.FILE)
        if if_match is not None:
            need_match(if_match, document.revision)
        acts.withdraw(unit, caller.moment, document, why.reason)
        return document_answer(unit, id)

    return caller.once(why, act)


def document_answer(unit: Unit, id_: UUID, status: int = 201) -> Answer:
    """The document as it is now, with its ETag."""
    document = acts.find(unit, id_)
    body = whole_document(unit, document).model_dump(mode="json")
    return Answer(status, body, {"ETag": etag(document.revision), "Location": f"/v1/documents/{id_}"})


_OFFICE = "application/vnd.openxmlformats-officedocument"
_MEDIA_TYPES = (
    "application/json", "application/msword", "application/octet-stream", "application/pdf", "application/rtf",
    "application/vnd.ms-excel", "application/vnd.ms-outlook", "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.text", f"{_OFFICE}.spreadsheetml.sheet", f"{_OFFICE}.wordprocessingml.document",
    "application/x-ole-storage", "application/xml", "application/zip", "image/avif", "image/bmp", "image/gif",
    "image/heic", "image/jpeg", "image/png", "image/tiff", "image/webp", "message/rfc822", "text/html", "text/plain",
)  # fmt: skip
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in _MEDIA_TYPES}, "description": "Die Bytes"},
    206: {"content": {kind: {} for kind in _MEDIA_TYPES}, "description": "Ein Bereich davon"},
    304: {"description": "Unverändert"},
}


class OpenIt(StrEnum):
    """That an original is wanted although it is kept apart."""

    OPEN = "open"


Nevertheless = Annotated[
    OpenIt | None, Query(description="Ein Original trotz Quarantäne; nur wer Dokumente ändern darf")
]


@router.get("/documents/{id}/renditions/{kind}", response_class=Response, responses=_CONTENT)
def newest_rendition(
    request: Request, caller: Caller, id: UUID, kind: Kind, quarantined: Nevertheless = None,  # noqa: A002
) -> Response:  # fmt: skip
    """A form of the newest version."""
    return _content(request, caller, id, None, kind, quarantined)


@router.get("/documents/{id}/versions/{number}/renditions/{kind}", response_class=Response, responses=_CONTENT)
def rendition_of_version(
    request: Request, caller: Caller, id: UUID, number: Annotated[int, Path(ge=1, le=2**31 - 1)], kind: Kind,  # noqa: A002
    quarantined: Nevertheless = None,
) -> Response:  # fmt: skip
    """A form of one version."""
    return _content(request, caller, id, number, kind, quarantined)


def _content(
    request: Request, caller: Call, id_: UUID, number: int | None, kind: Kind, quarantined: OpenIt | None
) -> Response:  # fmt: skip
    """The journal knows of it before the first byte goes out."""
    with caller.database.unit(caller.principal.tenant) as unit:
        document = seen(caller, unit, id_)
        if number is not None and number > document.version:
            raise NotFound("Es gibt keine solche Version.")
        rendition = acts.newest(unit, id_, kind, number)
        if rendition is None:
            raise RenditionNotMade
        need_whole(unit, caller, document, rendition.version)
        if kind == Kind.ORIGINAL:
            _need_harmless(unit, caller, document, rendition.version, quarantined)
        read_content(unit, caller, document, rendition.version, kind)
        pieces = opened(request, unit, rendition.blob)
    name = f"{document.title[:100]}{guess_extension(rendition.media_type) or ''}"
    return content_response(request, pieces, rendition.bytes, rendition.media_type, rendition.sha256, name)


def _need_harmless(unit: Unit, caller: Call, document: Document, version: int, asked: OpenIt | None) -> None:
    """Quarantined, unless somebody who may change documents asks to open it nevertheless."""
    why = _quarantine(unit, document.id, version)
    if why is None:
        return
    if asked is None:
        raise Quarantined(why)
    caller.need(Permission.CHANGE)
    gate.note_opened(unit, caller.moment, document.id, version, why)


def need_whole(unit: Unit, caller: Call, document: Document, version: int) -> None:
    """RenditionNotMade for a delivery that was separated, unless the caller sees what is unfiled where it came in."""
    scope = acts.whole_scope(unit, document.id, version)
    if scope is not None and scope not in access.sight(unit, caller.principal).seen:
        raise RenditionNotMade


def read_content(unit: Unit, caller: Call, document: Document, version: int, kind: str) -> None:
    """Enter a read of content."""
    also = [document.case_file] if document.case_file else []
    record_read(unit, caller.moment, CONTENT_READ, document.id, {"version": version, "kind": str(kind)}, also=also)


def opened(request: Request, unit: Unit, blob: UUID) -> Callable[[int, int], Iterator[bytes]]:
    """Ranges of a blob's plaintext."""
    vault: Vault = request.app.state.vault
    sealed = sealed_blob(unit, blob)
    return lambda start, stop: vault.open(sealed, start, stop)


@router.get("/document-types")
def list_types(caller: Caller) -> TypeList:
    """The tenant's catalogue of document types."""
    with caller.database.look(caller.principal.tenant) as unit:
        return TypeList(items=[TypeBody(code=c, name=n, file_part=p) for c, n, p in acts.type_list(unit)])

"""Batches over HTTP: announce, look, complete, reopen, abandon, and the receipts."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, TypeAdapter, ValidationError

from eakte.access.api import Call, Caller
from eakte.access.model import Permission
from eakte.database import Unit
from eakte.documents.api import Reason
from eakte.errors import Problem
from eakte.scanning import acts, ledger, rescans, standing
from eakte.scanning.model import DELIVERY, OPEN, RECONCILIATION, Announcement, Batch, ItemSaid
from eakte.scanning.printed import printed
from eakte.scanning.settling import standing_of
from eakte.web.content import SAFE
from eakte.web.envelope import BodyTooLarge, read_as_stream
from eakte.web.once import Answer
from eakte.web.paging import DEFAULT_LIMIT, Cursor, Limit, encode_cursor, id_in_cursor
from eakte.web.problems import PROBLEMS

JSON, PDF = "application/json", "application/pdf"

router = APIRouter(prefix="/v1", tags=["scanning"], responses=PROBLEMS)

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")
]
FileName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00-\x1f]+$")
]
Sha256 = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[0-9a-fA-F]{64}$")
]  # fmt: skip
Pages = Annotated[int, Field(ge=1, le=100_000)]
Sides = Annotated[int, Field(ge=0, le=100_000)]


class ReceiptNotMade(Problem):
    """The batch is not complete yet, or not all of it was read."""

    code, status, title = "receipt-not-made", 404, "Diese Quittung gibt es (noch) nicht"
    remedy = "state des Stapels prüfen: delivery gibt es nach complete, reconciliation nach dem Lesen aller Seiten."


class ReceiptKind(StrEnum):
    """What a receipt is about: the files that came, or every page of them."""

    DELIVERY = DELIVERY
    RECONCILIATION = RECONCILIATION


class NewBatch(BaseModel):
    """The announcement: the sender's reference, the scan profile, who scans, how many sheets will come.

    `rescan_requests`: those that a new batch answers.
    """

    reference: Line
    profile: Line
    operator: Line
    expected_sheets: Annotated[int, Field(ge=1, le=1_000_000)]
    rescan_requests: Annotated[list[UUID], Field(max_length=1000)] = []

    def said(self) -> Announcement:
        """As the acts take it."""
        return Announcement(self.reference, self.profile, self.operator, self.expected_sheets)


class ManifestEntry(BaseModel):
    """What a manifest says of a file."""

    name: FileName
    sha256: Sha256
    pages: Pages
    dropped_blank: Sides = 0


MANIFEST_LIMIT = 16 << 20
"""Bytes; names of 20,000 files, each of 500 letters, come to some 13 MiB."""
_MANIFEST: TypeAdapter[list[ManifestEntry] | None] = TypeAdapter(
    Annotated[list[ManifestEntry] | None, Field(max_length=100_000)]
)
_FILES = {"type": "array", "maxItems": 100_000, "items": ManifestEntry.model_json_schema()}
_MANIFEST_BODY = {"requestBody": {"content": {JSON: {"schema": {"anyOf": [_FILES, {"type": "null"}]}}}}}


class LedgerBody(BaseModel):
    """In sides; `difference` is `announced` less all the others."""

    announced: int
    stored: int
    blank: int
    dropped_blank: int
    separator: int
    rejected: int
    difference: int


class BatchBody(BaseModel):
    """A batch as lists show it; `items`: files that count, `expected_sheets` times the profile's sides announced."""

    id: UUID
    reference: str
    profile: str
    profile_version: int
    operator: str
    expected_sheets: int
    state: str
    reason: str | None
    announced_at: AwareDatetime
    completed_at: AwareDatetime | None
    settled_at: AwareDatetime | None
    items: int
    ledger: LedgerBody


class RefusalBody(BaseModel):
    """An item that was refused; `settled_at` is set when it came properly after all."""

    name: str
    code: str
    reason: str
    at: AwareDatetime
    settled_at: AwareDatetime | None


class RefusalsCount(BaseModel):
    """How many items were refused, how many of those never came properly, and how many are listed."""

    all: int
    open: int
    listed: int


class WholeBatch(BatchBody):
    """A batch with what does not agree, in German sentences, and what was refused (1,000 at most, open ones first)."""

    differences: list[str]
    refusals_count: RefusalsCount
    refusals: list[RefusalBody]


class BatchList(BaseModel):
    """A page of batches, newest first."""

    items: list[BatchBody]
    next: str | None


def _body(batch: Batch, tallies: list[ledger.Tally], counted: ledger.Ledger) -> dict[str, Any]:
    kept = ("id", "reference", "profile", "profile_version", "operator", "expected_sheets", "reason",
            "announced_at", "completed_at", "settled_at")  # fmt: skip
    return {
        **{name: getattr(batch, name) for name in kept},
        "state": ledger.shown_state(batch.state, tallies),
        "items": sum(tally.items for tally in tallies if tally.state != "replaced"),
        "ledger": counted.to_json(),
    }


def whole_batch(unit: Unit, batch: Batch) -> WholeBatch:
    """As it stands now. What is still missing from an open batch is no difference yet."""
    tallies = standing.tallies(unit, [batch.id])[batch.id]
    counted, found = standing_of(unit, batch, tallies)
    refused = standing.refusals(unit, batch.id)
    return WholeBatch(
        **_body(batch, tallies, counted), differences=[] if batch.state == OPEN else found,
        refusals_count=RefusalsCount(**refused.to_json()),
        refusals=[RefusalBody.model_validate(each, from_attributes=True) for each in refused.listed],
    )  # fmt: skip


def batch_answer(unit: Unit, batch: Batch, status: int) -> Answer:
    """The batch as it is now."""
    body = whole_batch(unit, batch).model_dump(mode="json")
    return Answer(status, body, {"Location": f"/v1/batches/{batch.id}"})


_SAME: dict[int | str, dict[str, Any]] = {200: {"model": WholeBatch, "description": "Derselbe Stapel noch einmal"}}


@router.post("/batches", status_code=201, response_model=WholeBatch, responses=_SAME)
def announce(caller: Caller, wanted: NewBatch) -> Response:
    """Announce a batch; the same announcement again answers 200 with the same one."""
    caller.need(Permission.HAND_IN)

    def act(unit: Unit) -> Answer:
        id_, new = acts.announce(unit, caller.moment, caller.principal, wanted.said())
        if new:
            rescans.answer_by_batch(unit, caller.moment, caller.principal, id_, wanted.rescan_requests)
        return batch_answer(unit, acts.find(unit, id_, caller.principal), 201 if new else 200)

    return caller.once(wanted, act)


@router.get("/batches")
def list_batches(caller: Caller, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> BatchList:
    """Batches that the caller announced, or whose mail the caller sees, newest first, each with its ledger."""
    before = id_in_cursor("batches", cursor) if cursor else None
    with caller.database.look(caller.principal.tenant) as unit:
        found = acts.listed(unit, caller.principal, before, limit + 1)
        sums = standing.tallies(unit, [batch.id for batch in found[:limit]])
    more = encode_cursor("batches", str(found[limit - 1].id)) if len(found) > limit else None
    shown = [BatchBody(**_body(each, sums[each.id], ledger.count(each.announced, sums[each.id])))
             for each in found[:limit]]  # fmt: skip
    return BatchList(items=shown, next=more)


@router.get("/batches/{id:uuid}")  # not "deliveries", which is another address
def get_batch(caller: Caller, id: UUID) -> WholeBatch:  # noqa: A002
    """One batch with its ledger as it stands now."""
    with caller.database.look(caller.principal.tenant) as unit:
        return whole_batch(unit, acts.find(unit, id, caller.principal))


async def _manifest(request: Request, _caller: Caller) -> list[ManifestEntry] | None:
    """The body, which is larger than others may be; read only once the caller is known."""
    data = bytearray()
    async for piece in read_as_stream(request):
        data += piece
        if len(data) > MANIFEST_LIMIT:
            raise BodyTooLarge(f"Das Verzeichnis hat mehr als {MANIFEST_LIMIT >> 20} MiB.")
    try:
        return _MANIFEST.validate_json(bytes(data)) if data else None
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from None


@router.post("/batches/{id}/complete", status_code=202, response_model=WholeBatch, openapi_extra=_MANIFEST_BODY)
def complete(
    request: Request, caller: Caller, id: UUID,  # noqa: A002
    manifest: Annotated[list[ManifestEntry] | None, Depends(_manifest)],
) -> Response:  # fmt: skip
    """No more items will come; a manifest, if there is one, is compared. The delivery receipt is signed."""
    said = None if manifest is None else [ItemSaid(f.name, f.sha256, f.pages, f.dropped_blank) for f in manifest]

    def act(unit: Unit) -> Answer:
        vault = request.app.state.vault
        batch = acts.complete(unit, caller.moment, vault, caller.principal, id, said)
        return batch_answer(unit, batch, 202)

    return caller.once(repr(said).encode(), act)


@router.post("/batches/{id}/reopen", response_model=WholeBatch)
def reopen(caller: Caller, id: UUID) -> Response:  # noqa: A002
    """Take further items into a batch that was complete, settled or given up."""
    return _changed(caller, b"", lambda unit: acts.reopen(unit, caller.moment, caller.principal, id))


@router.post("/batches/{id}/abandon", response_model=WholeBatch)
def abandon(caller: Caller, id: UUID, why: Reason) -> Response:  # noqa: A002
    """Give a batch up; what came with it stays."""
    said = why.model_dump_json().encode()
    return _changed(caller, said, lambda unit: acts.abandon(unit, caller.moment, caller.principal, id, why.reason))


_FORMS: dict[int | str, dict[str, Any]] = {
    200: {"content": {JSON: {"schema": {"type": "object"}}, PDF: {}}, "description": "Die Quittung"},
}


@router.get("/batches/{id}/receipts/{kind}", response_class=Response, responses=_FORMS)
def get_receipt(
    request: Request, caller: Caller, id: UUID, kind: ReceiptKind,  # noqa: A002
    accept: Annotated[str, Header(include_in_schema=False)] = JSON,
) -> Response:  # fmt: skip
    """The newest signed receipt of a kind, as JSON or PDF/A by `Accept`: `delivery` once the batch was complete,
    `reconciliation` once it was settled.
    """
    with caller.database.look(caller.principal.tenant) as unit:
        acts.find(unit, id, caller.principal)
        found = standing.newest_receipt(unit, id, kind)
    if found is None:
        raise ReceiptNotMade
    if not _wants_pdf(accept):
        return JSONResponse(found)
    state = request.app.state
    data = printed(state.pipeline, state.settings.work_folder / "api", found)
    name = f"{kind}-{id}-{found['number']}.pdf"
    return Response(data, media_type=PDF, headers={**SAFE, "Content-Disposition": f'attachment; filename="{name}"'})


def _wants_pdf(accept: str) -> bool:
    """PDF where it is named, and not JSON before it."""
    named = [each.split(";")[0].strip().lower() for each in accept.split(",")]
    return PDF in named and JSON not in named[: named.index(PDF)]


def _changed(caller: Call, said: bytes, act: Callable[[Unit], Batch]) -> Response:
    return caller.once(said, lambda unit: batch_answer(unit, act(unit), 200))

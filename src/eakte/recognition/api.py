"""Readings over HTTP: one page's words, its picture, another try with what could not be read."""

import json
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field, SecretStr

from eakte.access.api import Call, Caller
from eakte.access.model import Permission
from eakte.database import Unit
from eakte.documents.api import RenditionNotMade, WholeDocument, document_answer, need_whole, read_content, seen
from eakte.errors import NotFound
from eakte.recognition import acts
from eakte.recognition.drawing import Easel, Wanted
from eakte.recognition.page_images import find_image, offered_width
from eakte.vault import SealedBlob, Vault
from eakte.web.content import content_response
from eakte.web.once import Answer
from eakte.web.problems import PROBLEMS

router = APIRouter(prefix="/v1", tags=["recognition"], responses=PROBLEMS)

Number = Annotated[int, Path(ge=1, le=100_000, description="Seite, ab 1")]
Version = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="Version; ohne Angabe die neueste")]
Width = Annotated[int, Query(ge=1, le=10_000, description="Bildpunkte; geliefert wird die nächstgrößere Stufe")]


class WordBody(BaseModel):
    """A word: its box is left, top, right, bottom; confidence 0 to 1, null in born-digital text."""

    text: str
    box: tuple[int, int, int, int]
    confidence: float | None
    line: int


class BarcodeBody(BaseModel):
    """A barcode with its box; text null: found, but damaged."""

    format: str
    text: str | None
    box: tuple[int, int, int, int]


class PageBody(BaseModel):
    """A page of the newest reading; boxes are in a frame of `width` × `height` over the page of the archival PDF."""

    document: UUID
    version: int
    number: int
    width: int
    height: int
    dpi: float
    rotation: int
    source: str
    confidence: float | None
    words: list[WordBody]
    barcodes: list[BarcodeBody] = []


def _text(password: SecretStr) -> SecretStr:
    """JSON may hold half characters (lone surrogates), which are no text."""
    password.get_secret_value().encode()
    return password


class Retry(BaseModel):
    """What another try may need."""

    password: Annotated[SecretStr, Field(max_length=1000), AfterValidator(_text)] | None = None


@router.get("/documents/{id}/pages/{number}")
def page(
    request: Request, response: Response, caller: Caller, id: UUID, number: Number, version: Version = None,  # noqa: A002
) -> PageBody:  # fmt: skip
    """Words of one page with boxes."""
    with caller.database.unit(caller.principal.tenant) as unit:
        chosen = _version(caller, unit, id, version, "reading")
        frame = acts.page_frame(unit, id, chosen, number)
        if frame is None:
            raise RenditionNotMade
    vault: Vault = request.app.state.vault
    response.headers["Cache-Control"] = "private, no-cache"
    return PageBody(document=id, version=chosen, **json.loads(b"".join(vault.open(*frame))))


_WEBP: dict[str, Any] = {"image/webp": {}}
_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"content": _WEBP, "description": "Die Seite als Bild"},
    206: {"content": _WEBP, "description": "Ein Bereich davon"},
    304: {"description": "Unverändert"},
}


@router.get("/documents/{id}/pages/{number}/image", response_class=Response, responses=_PICTURE)
def page_image(
    request: Request, caller: Caller, id: UUID, number: Number, width: Width = 1000, version: Version = None,  # noqa: A002
) -> Response:  # fmt: skip
    """Picture of one page."""
    with caller.database.unit(caller.principal.tenant) as unit:
        wanted = Wanted(id, _version(caller, unit, id, version, "image"), number, offered_width(width))
        found = find_image(unit, wanted.document, wanted.version, wanted.page, wanted.width)
    blob, media_type = found or _easel(request, caller).picture(caller.principal.tenant, caller.moment, wanted)
    return _picture(request, blob, media_type)


def _version(caller: Call, unit: Unit, id_: UUID, asked: int | None, kind: str) -> int:
    """The version asked for, once the journal knows that it is read."""
    document = seen(caller, unit, id_)
    if asked is not None and asked > document.version:
        raise NotFound("Es gibt keine solche Version.")
    version = asked or document.version
    need_whole(unit, caller, document, version)
    read_content(unit, caller, document, version, kind)
    return version


def _easel(request: Request, caller: Call) -> Easel:
    state = request.app.state
    return Easel(
        caller.database, state.vault, state.pipeline, state.settings.work_folder / "api", bool(state.settings.clamd)
    )


def _picture(request: Request, blob: SealedBlob, media_type: str) -> Response:
    vault: Vault = request.app.state.vault
    return content_response(
        request,
        lambda start, stop: vault.open(blob, start, stop),
        blob.bytes,
        media_type,
        blob.blob_id.hex,
        "seite.webp",
    )


@router.post("/documents/{id}/retry", status_code=202, response_model=WholeDocument)
def retry(
    request: Request, caller: Caller, id: UUID, wish: Annotated[Retry | None, Body()] = None,  # noqa: A002
) -> Response:  # fmt: skip
    """Read a parked document again; the password is kept sealed until it has opened the document, a day at most."""
    password = wish.password.get_secret_value() if wish and wish.password else None

    def act(unit: Unit) -> Answer:
        document = seen(caller, unit, id, lock=True)
        caller.need(Permission.FILE)
        acts.retry(unit, caller.moment, request.app.state.vault, document, password)
        return document_answer(unit, id, 202)

    # The key's digest must not be a trace of the password: what counts is only whether there was one.
    return caller.once(json.dumps({"password": bool(password)}).encode(), act)

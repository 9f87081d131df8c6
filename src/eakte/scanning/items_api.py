"""Items of a batch over HTTP: a streamed upload with what the sender says of it, and how each item stands."""

import json
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, BaseModel, BeforeValidator

from eakte.access.api import Call, Caller
from eakte.access.model import Permission
from eakte.database import Unit
from eakte.errors import Forbidden, NotFound, Problem
from eakte.intake import acts as intake
from eakte.intake.acts import Received
from eakte.intake.api import Receipt, entered, form_of, taken_as
from eakte.intake.model import media_type
from eakte.intake.upload import UploadTooSlow, fields_of
from eakte.scanning import acts, standing
from eakte.scanning.api import FileName, Pages, Sha256, Sides
from eakte.scanning.model import Item, ItemSaid
from eakte.vault import Stored, Vault
from eakte.web.forms import Form, display_name
from eakte.web.once import Answer, KeyReused, StillRunning
from eakte.web.paging import DEFAULT_LIMIT, Cursor, Limit, encode_cursor, id_in_cursor
from eakte.web.problems import PROBLEMS

router = APIRouter(prefix="/v1", tags=["scanning"], responses=PROBLEMS)

SMALL = 1 << 20
"""Bytes of a form that has come before a look at its batch would end; such a one is looked at when it is entered."""

NO_REFUSALS = (Forbidden, NotFound, KeyReused, StillRunning, UploadTooSlow)
"""What says nothing about an item: who asks, how often, or a line that broke."""


def _left_out(said: object) -> object:
    return None if said == "" else said


class ItemForm(BaseModel):
    """The form's fields beside the file; `dropped_blank`: sides the scanner left out as blank."""

    name: FileName
    sha256: Sha256
    pages: Pages
    dropped_blank: Annotated[Sides | None, BeforeValidator(_left_out)] = None
    replaces: Annotated[UUID | None, BeforeValidator(_left_out)] = None

    def said(self) -> ItemSaid:
        """As the acts take it."""
        return ItemSaid(self.name, self.sha256, self.pages, self.dropped_blank or 0, self.replaces)


class Found(BaseModel):
    """Pages found in a file, by what became of them."""

    stored: int
    blank: int
    separator: int


class ItemBody(BaseModel):
    """An item; `pages` and `dropped_blank` as announced, `found` null until it was read, `problems` in German.

    `state`: received, reading, stored, rejected (unusable), replaced.
    """

    id: UUID
    name: str
    state: str
    sha256: str
    bytes: int
    pages: int
    dropped_blank: int
    received_file: UUID
    document: UUID
    received_at: AwareDatetime
    found: Found | None
    problems: list[str]
    replaced_by: UUID | None


class TakenItem(ItemBody):
    """What a sender gets: the item, and the receipt of its file."""

    receipt: Receipt


class ItemList(BaseModel):
    """A page of items in the order in which they came."""

    items: list[ItemBody]
    next: str | None


_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "name", "sha256", "pages"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "name": {"type": "string", "maxLength": 500},
                        "sha256": {"type": "string", "pattern": "^[0-9a-fA-F]{64}$"},
                        "pages": {"type": "integer", "minimum": 1},
                        "dropped_blank": {"type": "integer", "minimum": 0},
                        "replaces": {"type": "string", "format": "uuid"},
                    },
                }
            }
        },
    }
}


_SAME: dict[int | str, dict[str, Any]] = {200: {"model": TakenItem, "description": "Dieselbe Datei noch einmal"}}


@router.post("/batches/{id}/items", status_code=201, response_model=TakenItem, responses=_SAME, openapi_extra=_FORM)
async def add_item(request: Request, caller: Caller, id: UUID) -> Response:  # noqa: A002
    """Hand in a file of a batch; the very same again answers 200. What is refused stands under the batch's refusals."""
    if not _comes_at_once(request, caller):
        await run_in_threadpool(_check, caller, id)
    form = form_of(request)
    try:
        received, said = await taken_as(request, caller, form, _item_of)

        def act(unit: Unit) -> Answer:
            vault: Vault = request.app.state.vault
            item = acts.add_item(unit, caller.moment, vault, caller.principal, id, received, said)
            return taken(unit, item, 201 if item.received_file == received.id else 200)

        return await run_in_threadpool(entered, request, caller, received, act, _content(said))
    except Problem as problem:
        if problem.status < 500 and not isinstance(problem, NO_REFUSALS):
            await run_in_threadpool(_refuse, caller, id, form.fields.get("name", ""), problem)
        raise


def _comes_at_once(request: Request, caller: Call) -> bool:
    """A small form, from somebody who may hand in."""
    said = request.headers.get("content-length", "")
    return said.isdecimal() and int(said) <= SMALL and caller.principal.may(Permission.HAND_IN)


def _check(caller: Call, id_: UUID) -> None:
    """Before the bytes are taken."""
    with caller.database.look(caller.principal.tenant) as unit:
        acts.find(unit, id_, caller.principal)
    caller.need(Permission.HAND_IN)


def _item_of(id_: UUID, stored: Stored, form: Form, beginning: bytes) -> tuple[Received, ItemSaid]:
    said = fields_of(ItemForm, form.fields).said()
    return Received(id_, stored, display_name(said.name), media_type(beginning)), said


def _content(said: ItemSaid) -> bytes:
    return json.dumps([said.name, said.sha256, said.pages, said.dropped_blank, str(said.replaces)]).encode()


def _refuse(caller: Call, batch: UUID, name: str, problem: Problem) -> None:
    """Of a form that broke before it said a name nothing can be noted. NotFound in place of what was wrong with it."""
    with caller.database.unit(caller.principal.tenant) as unit:
        acts.find(unit, batch, caller.principal)
        if name.strip():
            acts.refuse_item(unit, caller.moment, batch, name.strip(), problem)


@router.get("/batches/{id}/items")
def list_items(
    caller: Caller, id: UUID, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT,  # noqa: A002
) -> ItemList:  # fmt: skip
    """Items of a batch in the order in which they came, each with what was announced and what was found."""
    after = id_in_cursor("batch-items", cursor) if cursor else None
    with caller.database.look(caller.principal.tenant) as unit:
        acts.find(unit, id, caller.principal)
        found = standing.items(unit, id, after, limit + 1)
    more = encode_cursor("batch-items", str(found[limit - 1].id)) if len(found) > limit else None
    return ItemList(items=[ItemBody(**_body(item)) for item in found[:limit]], next=more)


def taken(unit: Unit, item: Item, status: int) -> Answer:
    """What the sender of an item gets."""
    _, receipt = intake.handed_in(unit, item.document)
    body = TakenItem(**_body(item), receipt=Receipt.model_validate(receipt)).model_dump(mode="json")
    return Answer(status, body, {"Location": f"/v1/batches/{item.batch}/items"})


def _body(item: Item) -> dict[str, Any]:
    kept = ("id", "name", "state", "sha256", "bytes", "pages", "dropped_blank", "received_file", "document",
            "received_at", "replaced_by")  # fmt: skip
    read = {"stored": item.stored, "blank": item.blank, "separator": item.separator}
    return {
        **{name: getattr(item, name) for name in kept},
        "found": read if item.state == "stored" else None,
        "problems": _problems(item),
    }


def _problems(item: Item) -> list[str]:
    pages = f"Angekündigt waren {item.pages} Seiten, gefunden wurden {item.found}."
    return [*([item.reason] if item.reason and item.state == "rejected" else []), *([pages] if item.differs else [])]

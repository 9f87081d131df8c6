"""Handing in over HTTP, and the keys that receipts are checked with."""

import contextlib
import json
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from eakte.access import acts as access
from eakte.access.api import Call, Caller
from eakte.access.model import Permission
from eakte.blobs.port import StoreFailed
from eakte.database import Unit
from eakte.errors import Problem, Unavailable
from eakte.intake import acts
from eakte.intake.acts import Received
from eakte.intake.upload import Made, T, Uploads, document_of
from eakte.vault import Vault
from eakte.web.envelope import read_as_stream
from eakte.web.forms import Form
from eakte.web.once import Answer
from eakte.web.problems import PROBLEMS

router = APIRouter(prefix="/v1", tags=["intake"], responses=PROBLEMS)


class Signature(BaseModel):
    """Base64 Ed25519 over the JCS (RFC 8785) of the object without `signature`; `key` is an id of GET /v1/keys."""

    key: str
    value: str


class Receipt(BaseModel):
    """The signed statement of what was received."""

    received_file: UUID
    sha256: str
    bytes: int
    received_at: str
    signature: Signature


class Handed(BaseModel):
    """What a sender gets: the document that stands for the whole, and the receipt."""

    id: UUID
    received_file: UUID
    sha256: str
    bytes: int
    received_at: AwareDatetime
    state: str
    receipt: Receipt


class KeyBody(BaseModel):
    """A public key of the tenant."""

    model_config = ConfigDict(populate_by_name=True)

    id: str
    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str
    fingerprint: str
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime | None = None


class KeyList(BaseModel):
    """All public keys of the tenant."""

    items: list[KeyBody]
    next: None = None


_FIELDS = {name: {"type": "string"} for name in ("title", "case_reference", "password")}
FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        **_FIELDS,
                        "receipt_date": {"type": "string", "format": "date"},
                        "priority": {"type": "string", "enum": ["normal", "urgent"]},
                    },
                }
            }
        },
    }
}
"""The form of an upload, for OpenAPI; the body itself is read as a stream."""


async def taken(request: Request, caller: Call) -> Received:
    """The request's file in the vault, not yet entered."""
    return await taken_as(request, caller, form_of(request), document_of)


def form_of(request: Request) -> Form:
    """The form that the body is to be; its fields can be seen even if it is refused."""
    return Form(request.headers.get("content-type", ""))


async def taken_as(request: Request, caller: Call, form: Form, made: Made[T]) -> T:
    """The same, with what another room makes of form and file."""
    uploads: Uploads = request.app.state.uploads
    new_ids = (caller.moment.new_id(), caller.moment.new_id())
    return await uploads.take(caller.principal.tenant, read_as_stream(request), form, new_ids, made)


def said(received: Received) -> bytes:
    """What identifies the request for `Idempotency-Key`: fields, file name and hash, never the raw body.

    Of a password only whether there was one: the digest that is kept must be no trace of it.
    """
    fields = [received.name, received.stored.sha256, received.title, received.case_reference,
              str(received.receipt_date), received.urgent, bool(received.password)]  # fmt: skip
    return json.dumps(fields).encode()


def entered(request: Request, caller: Call, received: Received, act: Any, content: bytes | None = None) -> Response:
    """Run the act on a taken upload; bytes that were not entered go, unless an outage leaves that in doubt.

    An act that needs no new bytes, since they came before, answers 200. `content` as in `said`, for other forms.
    """
    uploads: Uploads = request.app.state.uploads
    new: list[UUID] = []

    def entering(unit: Unit) -> Answer:
        new.append(received.id)
        answer: Answer = act(unit)
        if answer.status == 200:
            new.clear()
        return answer

    try:
        response = caller.once(said(received) if content is None else content, entering)
    except Unavailable:
        raise
    except Problem:
        new.clear()
        raise
    finally:
        if not new:
            with contextlib.suppress(StoreFailed):
                uploads.drop(caller.principal.tenant, received.id, received.stored.blob_id)
    return response


@router.post("/documents", status_code=201, response_model=Handed, openapi_extra=FORM)
async def hand_in(request: Request, caller: Caller) -> Response:
    """Hand in a file. Its bytes are durable and hashed when this answers."""
    caller.need(Permission.HAND_IN)
    received = await taken(request, caller)

    def act(unit: Unit) -> Answer:
        vault: Vault = request.app.state.vault
        id_ = acts.receive(unit, caller.moment, vault, caller.principal, received)
        return handed(unit, id_)

    return await run_in_threadpool(entered, request, caller, received, act)


def handed(unit: Unit, id_: UUID) -> Answer:
    """What the sender of a file gets, by the document that stands for the whole."""
    state, receipt = acts.handed_in(unit, id_)
    facts = {name: receipt[name] for name in ("received_file", "sha256", "bytes", "received_at")}
    body = {"id": str(id_), **facts, "state": state, "receipt": receipt}
    return Answer(201, body, {"Location": f"/v1/documents/{id_}"})


@router.get("/keys")
def list_keys(request: Request, caller: Caller) -> KeyList:
    """Public keys of the tenant, to check its signatures without us."""
    vault: Vault = request.app.state.vault
    with caller.database.look(caller.principal.tenant) as unit:
        since = access.tenant_since(unit)
    items = [
        KeyBody.model_validate(
            {"id": str(key.id), "public_key": key.public_key, "fingerprint": key.fingerprint, "from": since}
        )
        for key in vault.public_keys(caller.principal.tenant)
    ]
    return KeyList(items=items)

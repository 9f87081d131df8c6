"""New versions over HTTP: an upload that goes through the case file when its document is filed."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from eakte.access.api import Call, Caller
from eakte.access.model import Permission
from eakte.casefiles import acts
from eakte.database import Unit
from eakte.documents.api import WholeDocument, document_answer, seen
from eakte.documents.model import Document
from eakte.errors import Invalid
from eakte.intake import acts as intake
from eakte.intake.acts import Received
from eakte.intake.api import FORM, entered, taken
from eakte.recognition.acts import keep_password
from eakte.vault import Vault
from eakte.web.matching import IfMatch, need_match
from eakte.web.once import Answer
from eakte.web.problems import PROBLEMS

router = APIRouter(prefix="/v1", tags=["casefiles"], responses=PROBLEMS)

_NOT_OF_A_VERSION = ("case_reference", "receipt_date", "title")


@router.post("/documents/{id}/versions", status_code=201, response_model=WholeDocument, openapi_extra=FORM)
async def add_version(request: Request, caller: Caller, id: UUID, if_match: IfMatch = None) -> Response:  # noqa: A002
    """A new version of a document; the ones before it stay. It is read anew."""
    await run_in_threadpool(_check, caller, id, if_match)
    received = await taken(request, caller)

    def act(unit: Unit) -> Answer:
        document = _permitted(caller, unit, id, if_match, lock=True)
        _enter(unit, caller, request.app.state.vault, document, received)
        return document_answer(unit, id)

    return await run_in_threadpool(entered, request, caller, received, act)


def _check(caller: Call, id_: UUID, if_match: str | None) -> None:
    """Before the bytes are taken: a repeated request is answered later from its key, so its old ETag passes here."""
    if caller.idempotency_key is None:
        with caller.database.look(caller.principal.tenant) as unit:
            _permitted(caller, unit, id_, if_match)


def _permitted(caller: Call, unit: Unit, id_: UUID, if_match: str | None, *, lock: bool = False) -> Document:
    document = seen(caller, unit, id_, lock=lock)
    caller.need(Permission.CHANGE)
    need_match(if_match, document.revision)
    return document


def _enter(unit: Unit, caller: Call, vault: Vault, document: Document, received: Received) -> None:
    if given := [name for name in _NOT_OF_A_VERSION if getattr(received, name) is not None]:
        raise Invalid(f"Eine neue Version ändert das nicht: {', '.join(given)}.", remedy="PATCH /v1/documents/{id}")
    source = intake.receive_version(unit, caller.moment, vault, received)
    number = acts.new_version(unit, caller.moment, document, [source])
    intake.keep_original(unit, caller.moment, document.id, number, received)
    if received.password:
        keep_password(unit, caller.moment, vault, document.id, received.password)

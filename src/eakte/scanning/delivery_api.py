"""A whole delivery over HTTP: one ZIP with a manifest becomes a batch with its items, complete."""

import json
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from eakte.access.api import Call, Caller, moment_of
from eakte.access.model import Permission
from eakte.blobs.port import BlobClass
from eakte.database import Unit
from eakte.intake.acts import Received
from eakte.intake.api import form_of, taken_as
from eakte.intake.taking import drop
from eakte.intake.upload import document_of
from eakte.scanning import acts
from eakte.scanning.api import WholeBatch, batch_answer
from eakte.scanning.archive import Archive, SealedReader, opened
from eakte.scanning.delivery import Delivery, surplus
from eakte.vault import SealedBlob, Vault
from eakte.web.once import Answer
from eakte.web.problems import PROBLEMS

router = APIRouter(prefix="/v1", tags=["scanning"], responses=PROBLEMS)

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


@router.post(
    "/batches/deliveries",
    status_code=201,
    response_model=WholeBatch,
    openapi_extra=_FORM,
    responses={200: {"model": WholeBatch, "description": "Dieselbe Lieferung noch einmal"}},
)
async def deliver(request: Request, caller: Caller) -> Response:
    """One ZIP with a manifest (JSON, CSV or XML) and its files: a complete batch. The same again: nothing twice."""
    caller.need(Permission.HAND_IN)
    received = await taken_as(request, caller, form_of(request), document_of)
    state = request.app.state
    try:
        async with state.uploads.opening:
            return await run_in_threadpool(_delivered, request, caller, received)
    finally:
        await run_in_threadpool(drop, state.vault, caller.principal.tenant, received)


def _delivered(request: Request, caller: Call, received: Received) -> Response:
    """The ZIP itself is kept only until its files are taken; they are what was received."""
    vault: Vault = request.app.state.vault
    tenant, stored = caller.principal.tenant, received.stored
    blob = SealedBlob(tenant, BlobClass.ORIGINAL, stored.blob_id, received.id, stored.sealed_bytes, stored.bytes)
    archive = opened(SealedReader(vault, blob), request.app.state.uploads.limit)
    announced = caller.once(stored.sha256.encode(), lambda unit: _announce(unit, caller, archive))
    batch = UUID(json.loads(bytes(announced.body))["id"])
    Delivery(caller.database, vault, caller.principal, lambda: moment_of(request, caller.principal)).take(
        batch, archive
    )
    return _completed(caller, vault, batch, archive, announced.status_code)


def _announce(unit: Unit, caller: Call, archive: Archive) -> Answer:
    id_, new = acts.announce(unit, caller.moment, caller.principal, archive.manifest.announcement)
    return Answer(201 if new else 200, {"id": str(id_)})


def _completed(caller: Call, vault: Vault, batch: UUID, archive: Archive, status: int) -> Response:
    extra = [f"„{name}“ liegt in der Lieferung, steht aber nicht im Verzeichnis." for name in surplus(archive)]
    with caller.database.unit(caller.principal.tenant) as unit:
        found = acts.complete(unit, caller.moment, vault, caller.principal, batch, archive.manifest.files, extra)
        return batch_answer(unit, found, status).response()

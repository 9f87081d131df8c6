"""Paper over HTTP: what may be destroyed and what not yet, holds, and releases by two people."""

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, Field

from eakte.access.api import Call, Caller
from eakte.access.model import Permission
from eakte.database import Unit
from eakte.documents.api import Reason, seen
from eakte.errors import Refused
from eakte.scanning import originals
from eakte.scanning.originals import Originals, Release
from eakte.scanning.seal import Seal
from eakte.web.once import Answer
from eakte.web.paging import DEFAULT_LIMIT, Cursor, Limit, encode_cursor, id_in_cursor
from eakte.web.problems import PROBLEMS
from eakte.web.words import WITHOUT_NUL

router = APIRouter(prefix="/v1", tags=["scanning"], responses=PROBLEMS)

Standing = Annotated[
    Literal["waiting", "destroyable", "proposed", "released"] | None, Query(description="Stand; ohne Angabe alle")
]


class OriginalsBody(BaseModel):
    """The paper of a batch: `reasons` say in German what still speaks against destroying it."""

    batch: UUID
    reference: str
    documents: list[UUID]
    state: str
    reasons: list[str]
    destroyable_from: AwareDatetime | None
    release: UUID | None


class OriginalsList(BaseModel):
    """Batches whose sample is drawn; of a page asked for by state there may be fewer than the limit."""

    items: list[OriginalsBody]
    next: str | None


class HoldBody(BaseModel):
    """Why the paper of a document must be kept."""

    id: UUID
    document: UUID
    reason: str


class NewRelease(BaseModel):
    """Batches whose paper is to be destroyed."""

    batches: list[UUID] = Field(min_length=1, max_length=200)


class ReleaseBody(BaseModel):
    """A list proposed by one person; `list` is the signed object once another has released it."""

    id: UUID
    state: str
    batches: list[UUID]
    proposed_by: UUID
    proposed_at: AwareDatetime
    decided_by: UUID | None
    decided_at: AwareDatetime | None
    list: dict[str, Any] | None


class ReleaseList(BaseModel):
    """Releases, newest first."""

    items: list[ReleaseBody]
    next: str | None


class Refusal(BaseModel):
    """Why a proposal is refused."""

    reason: str = Field(min_length=1, max_length=1000, pattern=WITHOUT_NUL)


def _hold(request: Request) -> timedelta:
    return timedelta(days=request.app.state.settings.originals_hold_days)


def _release(found: Release) -> dict[str, Any]:
    return ReleaseBody.model_validate(found, from_attributes=True).model_dump(mode="json")


@router.get("/originals")
def list_originals(
    request: Request, caller: Caller, state: Standing = None, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> OriginalsList:
    """Paper of scanned batches, and whether it may be destroyed."""
    caller.need(Permission.FILE)
    after = id_in_cursor("originals", cursor) if cursor else None
    with caller.database.look(caller.principal.tenant) as unit:
        batches = originals.checked_batches(unit, caller.principal, after, limit + 1)
        found = [originals.standing(unit, each, caller.moment.at, _hold(request)) for each in batches[:limit]]
    more = encode_cursor("originals", str(batches[limit - 1])) if len(batches) > limit else None
    return OriginalsList(items=[_originals(each) for each in found if state in {None, each.state}], next=more)


def _originals(found: Originals) -> OriginalsBody:
    return OriginalsBody.model_validate(found, from_attributes=True)


@router.post("/documents/{id}/original-holds", status_code=201, response_model=HoldBody)
def hold_original(caller: Caller, id: UUID, why: Reason) -> Response:  # noqa: A002
    """Keep the paper of a document: it is to be given back, is evidence, or may not be destroyed otherwise."""

    def act(unit: Unit) -> Answer:
        document = seen(caller, unit, id)
        caller.need(Permission.FILE)
        new = originals.hold_back(unit, caller.moment, document, why.reason)
        return Answer(201, {"id": str(new), "document": str(id), "reason": why.reason})

    return caller.once(why, act)


@router.post("/documents/{id}/original-holds/{hold}/ends", status_code=201, response_model=HoldBody)
def end_hold(caller: Caller, id: UUID, hold: UUID, why: Reason) -> Response:  # noqa: A002
    """Say that the paper of a document need no longer be kept."""

    def act(unit: Unit) -> Answer:
        seen(caller, unit, id)
        caller.need(Permission.FILE)
        originals.let_go(unit, caller.moment, id, hold, why.reason)
        return Answer(201, {"id": str(hold), "document": str(id), "reason": why.reason})

    return caller.once(why, act)


@router.post("/originals/releases", status_code=201, response_model=ReleaseBody)
def propose_release(request: Request, caller: Caller, wanted: NewRelease) -> Response:
    """Propose paper for destruction; another person releases it."""
    caller.need(Permission.FILE)

    def act(unit: Unit) -> Answer:
        made = originals.propose(unit, caller.moment, caller.principal, wanted.batches, _hold(request))
        return Answer(201, _release(made), {"Location": f"/v1/originals/releases/{made.id}"})

    return caller.once(wanted, act)


@router.get("/originals/releases")
def list_releases(caller: Caller, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> ReleaseList:
    """Proposals and releases, newest first."""
    caller.need(Permission.FILE)
    before = id_in_cursor("releases", cursor) if cursor else None
    with caller.database.look(caller.principal.tenant) as unit:
        found = originals.releases(unit, caller.principal, before, limit + 1)
    more = encode_cursor("releases", str(found[limit - 1].id)) if len(found) > limit else None
    return ReleaseList(items=[ReleaseBody(**_release(each)) for each in found[:limit]], next=more)


@router.get("/originals/releases/{id}")
def get_release(caller: Caller, id: UUID) -> ReleaseBody:  # noqa: A002
    """A proposal or release; its signed list is checked by `eakte verify`."""
    caller.need(Permission.FILE)
    with caller.database.look(caller.principal.tenant) as unit:
        return ReleaseBody(**_release(originals.find_release(unit, id, caller.principal)))


@router.post("/originals/releases/{id}/confirmations", status_code=201, response_model=ReleaseBody)
def confirm_release(request: Request, caller: Caller, id: UUID) -> Response:  # noqa: A002
    """Release paper for destruction: not for who proposed it, scanned it or handed it in."""
    caller.need(Permission.FILE)
    signed = _signed(request, caller, id)

    def act(unit: Unit) -> Answer:
        said = originals.to_be_released(unit, caller.moment, caller.principal, id, _hold(request))
        if signed is None or any(signed[name] != value for name, value in said.items()):
            raise Refused("Inzwischen hat sich etwas geändert.")
        return Answer(201, _release(originals.release(unit, caller.moment, caller.principal, id, signed)))

    return caller.once(b"", act)


def _signed(request: Request, caller: Call, id_: UUID) -> dict[str, Any] | None:
    """The list, signed with no transaction open, since a seal may be far away; None where all is decided already."""
    with caller.database.unit(caller.principal.tenant) as unit:
        if originals.find_release(unit, id_, caller.principal).state != originals.PROPOSED:
            return None
        said = originals.to_be_released(unit, caller.moment, caller.principal, id_, _hold(request))
    seal: Seal = request.app.state.seal
    return seal.sealed(caller.principal.tenant, said)


@router.post("/originals/releases/{id}/refusals", status_code=201, response_model=ReleaseBody)
def refuse_release(caller: Caller, id: UUID, why: Refusal) -> Response:  # noqa: A002
    """Refuse a proposal, or take it back; nothing is released."""
    caller.need(Permission.FILE)

    def act(unit: Unit) -> Answer:
        return Answer(201, _release(originals.refuse(unit, caller.moment, caller.principal, id, why.reason)))

    return caller.once(why, act)

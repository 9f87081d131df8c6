"""Work items over HTTP."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Request, Response
from pydantic import AwareDatetime, BaseModel

from eakte.access import acts as access
from eakte.access.api import Caller
from eakte.access.model import Permission
from eakte.database import Unit
from eakte.documents.api import WholeDocument, document_answer, seen
from eakte.recognition.acts import retry
from eakte.recognition.api import Retry
from eakte.web.matching import IfMatch, need_match
from eakte.web.once import Answer
from eakte.web.paging import DEFAULT_LIMIT, Cursor, InvalidCursor, Limit, decode_cursor, encode_cursor
from eakte.web.problems import PROBLEMS
from eakte.work import acts
from eakte.work.model import WorkItem

router = APIRouter(prefix="/v1", tags=["work"], responses=PROBLEMS)


class Basket(StrEnum):
    """Baskets there are."""

    CLEARING = "clearing"


class Asked(StrEnum):
    """What somebody must say before the document can be read."""

    PASSWORD = "password"  # noqa: S105 (the word)


class Proposal(BaseModel):
    """Where the document may belong. A reference without case file: open one; neither: nothing is proposed.

    `duplicate_of`: the oldest document that it seems to be a duplicate of, where the caller may see that.
    """

    case_file: UUID | None
    case_reference: str | None
    type: str | None
    duplicate_of: UUID | None


class WorkItemBody(BaseModel):
    """A document that waits for a person, and why."""

    id: UUID
    document: UUID
    reason: str | None
    proposal: Proposal
    asks: Asked | None
    since: AwareDatetime


class WorkItemList(BaseModel):
    """A page of work items, longest waiting first."""

    items: list[WorkItemBody]
    next: str | None


@router.get("/workitems")
def list_work_items(
    caller: Caller,
    response: Response,
    basket: Basket = Basket.CLEARING,  # noqa: ARG001 there is one so far
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> WorkItemList:
    """What waits in a basket for somebody with the caller's scopes."""
    after = _place(cursor) if cursor else None
    with caller.database.look(caller.principal.tenant) as unit:
        found = acts.clearing(unit, access.sight(unit, caller.principal), after, limit + 1)
    response.headers["Cache-Control"] = "private, no-cache"
    last = found[limit - 1] if len(found) > limit else None
    more = encode_cursor("clearing", last.since.isoformat(), str(last.id)) if last else None
    return WorkItemList(items=[_body(item) for item in found[:limit]], next=more)


@router.post("/workitems/{id}/confirm", status_code=201, response_model=WholeDocument)
def confirm(
    request: Request, caller: Caller, id: UUID, said: Annotated[Retry | None, Body()] = None,  # noqa: A002
    if_match: IfMatch = None,
) -> Response:  # fmt: skip
    """File a document as proposed; with a password, read the document that asks for one again."""
    password = said.password.get_secret_value() if said and said.password else None

    def act(unit: Unit) -> Answer:
        document = seen(caller, unit, id, lock=True)
        caller.need(Permission.FILE)
        if if_match is not None:
            need_match(if_match, document.revision)
        if password:
            retry(unit, caller.moment, request.app.state.vault, document, password)
            return document_answer(unit, id)
        acts.confirm(unit, caller.moment, caller.principal, document)
        return document_answer(unit, id)

    # The key's digest must be no trace of the password: what counts is whether there was one.
    return caller.once(b"password" if password else b"", act)


def _body(item: WorkItem) -> WorkItemBody:
    proposal = Proposal(
        case_file=item.case_file, case_reference=item.case_reference, type=item.type_code,
        duplicate_of=item.duplicate_of,
    )  # fmt: skip
    return WorkItemBody(
        id=item.id, document=item.id, reason=item.reason, proposal=proposal, asks=item.asks, since=item.since
    )


def _place(cursor: str) -> tuple[datetime, UUID]:
    since, id_ = decode_cursor("clearing", cursor, [str, str])
    try:
        return datetime.fromisoformat(since).astimezone(UTC), UUID(id_)
    except (ValueError, OverflowError):
        raise InvalidCursor from None

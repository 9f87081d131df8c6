"""The journal over HTTP."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel

from eakte.access import acts as access
from eakte.access.api import Caller
from eakte.access.model import Permission
from eakte.audit import acts
from eakte.audit.model import JOURNAL_READ
from eakte.casefiles.acts import find
from eakte.journal import record_read
from eakte.web.paging import DEFAULT_LIMIT, Cursor, InvalidCursor, Limit, decode_cursor, encode_cursor
from eakte.web.problems import PROBLEMS

router = APIRouter(prefix="/v1", tags=["audit"], responses=PROBLEMS)

_LARGEST = 2**63 - 1


class EntryBody(BaseModel):
    """What was done, by whom, when; `seq` is null until the entry is numbered."""

    seq: int | None
    at: AwareDatetime
    actor: UUID
    act: str
    subject: UUID
    details: dict[str, Any]


class EntryList(BaseModel):
    """A page of entries in the order in which they were made."""

    items: list[EntryBody]
    next: str | None


@router.get("/casefiles/{id}/journal")
def case_file_journal(
    caller: Caller, id: UUID, response: Response, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT,  # noqa: A002
) -> EntryList:  # fmt: skip
    """Every act on a case file and, while they were in it, on its documents; that it was read is entered as well."""
    after = _number(cursor) if cursor else 0
    with caller.database.unit(caller.principal.tenant) as unit:
        sight = access.sight(unit, caller.principal)
        find(unit, id, sight.seen)
        caller.need(Permission.READ_JOURNAL)
        record_read(unit, caller.moment, JOURNAL_READ, id, {})
        found = acts.discreet(unit, sight, acts.entries_about(unit, id, after, limit + 1))
    response.headers["Cache-Control"] = "private, no-cache"
    more = encode_cursor("journal", found[limit - 1].no) if len(found) > limit else None
    return EntryList(items=[EntryBody.model_validate(each, from_attributes=True) for each in found[:limit]], next=more)


def _number(cursor: str) -> int:
    (number,) = decode_cursor("journal", cursor, [int])
    if not 0 <= number <= _LARGEST:
        raise InvalidCursor
    found: int = number
    return found

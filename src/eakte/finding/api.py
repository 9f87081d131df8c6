"""Search over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from eakte.access import acts as access
from eakte.access.api import Caller
from eakte.access.model import Permission
from eakte.finding import acts
from eakte.finding.indexes import Indexes
from eakte.finding.model import SEARCHED
from eakte.journal import record
from eakte.web.paging import DEFAULT_LIMIT, Cursor, Limit
from eakte.web.problems import PROBLEMS
from eakte.web.words import WITHOUT_NUL, Day, Word
from search import port

router = APIRouter(prefix="/v1", tags=["finding"], responses=PROBLEMS)


_QUESTION = "Wörter (UND), Wortfolgen in Anführungszeichen"


class FoundWord(BaseModel):
    """A matching word and its box in pixels of a picture of the hit's width and height."""

    text: str
    box: tuple[int, int, int, int]


class HitBody(BaseModel):
    """A page found. `snippet` is plain text; `marks` are start and end of its matching words."""

    document: UUID
    version: int
    page: int
    score: float
    snippet: str
    marks: list[tuple[int, int]]
    width: int
    height: int
    words: list[FoundWord]


class Found(BaseModel):
    """Hits, best first; pages by value of each facet; where to go on."""

    hits: list[HitBody]
    facets: dict[str, dict[str, int]]
    next: str | None


@router.get("/search")
def search(
    request: Request, response: Response, caller: Caller,
    q: Annotated[str, Query(max_length=1000, pattern=WITHOUT_NUL, description=_QUESTION)],
    case_file: UUID | None = None, type: Word | None = None, state: Word | None = None,  # noqa: A002
    from_: Annotated[Day | None, Query(alias="from")] = None, to: Day | None = None,
    cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT,
) -> Found:  # fmt: skip
    """Pages with these words, among what the caller may see."""
    caller.need(Permission.FIND)
    response.headers["Cache-Control"] = "private, no-cache"
    with caller.database.look(caller.principal.tenant) as unit:
        sight = access.sight(unit, caller.principal)
    query = port.Query(
        text=q, access=port.Access(frozenset(map(str, sight.seen))), case_file=str(case_file) if case_file else None,
        document_type=type, state=state, date_from=from_, date_to=to, limit=limit, after=cursor, facets=cursor is None,
    )  # fmt: skip
    indexes: Indexes = request.app.state.indexes
    found, place = indexes.search(caller.principal.tenant, query), indexes.place
    with caller.database.unit(caller.principal.tenant) as unit:
        found = acts.shown(unit, sight, found, place)
        ids = list(dict.fromkeys(UUID(hit.document) for hit in found.hits))
        also = [*ids, *acts.case_files_of(unit, ids)]
        record(unit, caller.moment, SEARCHED, caller.principal.id, _details(query, found), also=also)
    return Found(
        hits=[_hit(hit) for hit in found.hits],
        facets={name: dict(counts) for name, counts in found.facets.items()},
        next=found.next,
    )


def _details(query: port.Query, found: port.Results) -> dict[str, Any]:
    asked = {
        "q": query.text, "case_file": query.case_file, "type": query.document_type, "state": query.state,
        "from": query.date_from and query.date_from.isoformat(), "to": query.date_to and query.date_to.isoformat(),
    }  # fmt: skip
    hits = [f"{hit.document}:{hit.version}:{hit.page}" for hit in found.hits]
    return {**{name: value for name, value in asked.items() if value is not None}, "hits": hits}


def _hit(hit: port.Hit) -> HitBody:
    return HitBody(
        document=UUID(hit.document), version=hit.version, page=hit.page, score=hit.score, snippet=hit.snippet,
        marks=list(hit.marks), width=hit.width, height=hit.height,
        words=[FoundWord(text=word.text, box=word.box) for word in hit.words],
    )  # fmt: skip

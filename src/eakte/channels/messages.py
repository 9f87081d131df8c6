"""Which mails were collected: by their place in the mailbox, and by their bytes should the server number anew."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from eakte.channels.model import COLLECTED, REFUSED, TRIES
from eakte.channels.tables import collected_messages as rows
from eakte.database import Unit
from eakte.errors import Problem
from eakte.intake.acts import Received
from eakte.journal import Moment, record

_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 23))")


@dataclass(frozen=True)
class Place:
    """Where a mail lies; a number is only good for as long as the folder's `uidvalidity`."""

    source: str
    folder: str
    uidvalidity: int
    uid: int


def outcome(unit: Unit, place: Place) -> str | None:
    """Empty for a mail that was received, the code of why it was given up; None while it is to be collected."""
    row = unit.one(select(rows).where(*_at(place)))
    if row is None or (row.sha256 is None and row.tries < TRIES and row.code is None):
        return None
    return row.code or ""


def is_fresh(unit: Unit, place: Place, sha256: str) -> bool:
    """Whether neither this mail nor these very bytes came from this source before; nobody else asks meanwhile."""
    unit.run(_ALONE, {"what": f"{unit.tenant} {place.source} {sha256}"})
    known = select(rows.c.id).where(rows.c.source == place.source, rows.c.sha256 == sha256)
    return unit.run(known.limit(1)).first() is None


def collected(unit: Unit, moment: Moment, place: Place, received: Received, document: UUID | None) -> None:
    """In the transaction that received it; without a document it is one that came before."""
    file = received.id if document else None
    _put(unit, moment, place, sha256=received.stored.sha256, received_file=file, code=None)
    if document:
        record(unit, moment, COLLECTED, received.id, {"source": place.source, "uid": place.uid}, also=[document])


def failed(unit: Unit, moment: Moment, place: Place, problem: Problem) -> bool:
    """Count a failure; given up at once for what its sender did, after some tries for what the server does."""
    tries: int = _put(unit, moment, place)
    given_up = problem.status < 500 or tries >= TRIES
    if given_up:
        _put(unit, moment, place, code=problem.code)
        id_ = unit.run(select(rows.c.id).where(*_at(place))).scalar_one()
        record(unit, moment, REFUSED, id_, {"source": place.source, "uid": place.uid, "code": problem.code})
    return given_up


def _put(unit: Unit, moment: Moment, place: Place, **values: Any) -> int:
    new = insert(rows).values(tenant=unit.tenant, id=moment.new_id(), at=moment.at, tries=1, **asdict(place), **values)
    again = new.on_conflict_do_update(
        index_elements=["tenant", "source", "folder", "uidvalidity", "uid"],
        set_={"at": moment.at, "tries": rows.c.tries + 1, **values},
    )
    tries: int = unit.run(again.returning(rows.c.tries)).scalar_one()
    return tries


def _at(place: Place) -> list[Any]:
    return [rows.c[name] == value for name, value in asdict(place).items()]

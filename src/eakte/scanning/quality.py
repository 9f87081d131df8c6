"""The quality check of a batch: a sample, drawn by a hash, checked by people who neither scanned nor handed in."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert

from eakte.access import acts as access
from eakte.access.model import Principal
from eakte.database import Unit
from eakte.documents.tables import documents as document_rows
from eakte.errors import NotFound, Refused
from eakte.journal import Moment, record
from eakte.scanning import delivered
from eakte.scanning.evidence import CHECKED, JUDGED, SAMPLE_DRAWN
from eakte.scanning.evidence_tables import quality_checks, quality_samples, quality_states
from eakte.scanning.model import SETTLED_STATES, Batch
from eakte.scanning.notes import Check, Quality
from eakte.scanning.profiles import FourEyes
from eakte.scanning.sampling import drawn
from eakte.scanning.tables import batches

OPEN, PASSED, FAILED = "open", "passed", "failed"
_SAMPLED = (document_rows.c.id == quality_samples.c.document) & (document_rows.c.tenant == quality_samples.c.tenant)


class NotDrawnYet(Refused):
    """There is nothing to check before the batch is complete and read."""

    code, title = "sample-not-drawn", "Die Stichprobe ist noch nicht gezogen"
    remedy = "Warten, bis der Stapel abgeschlossen und gelesen ist (state des Stapels)."


@dataclass(frozen=True)
class State:
    """How the check of a batch stands, and since when; of how many documents how many are to be checked."""

    state: str
    share: float
    since: datetime
    documents: int
    sampled: int


def draw(unit: Unit, moment: Moment, batch: UUID, share: float) -> list[UUID]:
    """Draw the sample of a batch that is read to the end; what was drawn before stays. The documents that are new."""
    delivered.batch(unit, batch, lock=True)
    documents = delivered.documents_of(unit, batch)
    new = _missing(unit, batch, documents, share)
    for document in new:
        _add(unit, moment, batch, document)
    if documents and (new or state_of(unit, batch) is None):
        state = insert(quality_states).values(
            tenant=unit.tenant, batch=batch, state=OPEN, share=share, since=moment.at
        )  # fmt: skip
        unit.run(state.on_conflict_do_nothing())
        record(unit, moment, SAMPLE_DRAWN, batch, {"documents": [str(each) for each in new], "of": len(documents)})
    _judge(unit, moment, batch)
    return new


def draw_again(unit: Unit, moment: Moment, batch: UUID, share: float) -> list[UUID]:
    """After a document was withdrawn: judge without it, and draw what the sample lacks now. The documents new in it."""
    if delivered.batch(unit, batch, lock=True).state not in SETTLED_STATES or state_of(unit, batch) is None:
        return []
    return draw(unit, moment, batch, share)


def undrawn(unit: Unit, batch: UUID) -> list[UUID]:
    """Documents that the share of the sample demands and that are not in it: of a batch settled again just now."""
    state = state_of(unit, batch)
    return [] if state is None else _missing(unit, batch, delivered.documents_of(unit, batch), state.share)


def _missing(unit: Unit, batch: UUID, documents: Sequence[UUID], share: float) -> list[UUID]:
    known = set(_ever_sampled(unit, batch))
    return [document for document in drawn(batch, documents, share) if document not in known]


def _add(unit: Unit, moment: Moment, batch: UUID, document: UUID) -> None:
    row = {"tenant": unit.tenant, "batch": batch, "document": document}
    unit.run(quality_samples.insert().values(**row, added_by=moment.actor, added_at=moment.at))


def need_other_eyes(unit: Unit, batch: Batch, principal: Principal) -> None:
    """FourEyes for the batch's operator and for who handed it in (TR-03138 A.O.1e, A.O.1g)."""
    operator = access.person_named(unit, batch.operator)
    if principal.id == operator.principal or principal.name.casefold() == operator.name.casefold():
        raise FourEyes("Wer den Stapel gescannt hat, prüft seine Qualität nicht.")
    if principal.id == batch.announced_by:
        raise FourEyes("Wer den Stapel eingeliefert hat, prüft seine Qualität nicht.")


def check(
    unit: Unit, moment: Moment, principal: Principal, batch_id: UUID, document: UUID, result: str, remark: str | None
) -> None:  # fmt: skip
    """Enter a comparison of a document with its paper; any document of the batch may be taken into the sample."""
    batch = delivered.batch(unit, batch_id, lock=True)
    need_other_eyes(unit, batch, principal)
    if state_of(unit, batch_id) is None:
        raise NotDrawnYet
    if not delivered.is_document_of(unit, batch_id, document):
        raise NotFound("Das Dokument gehört nicht zu diesem Stapel.")
    if not _is_sampled(unit, batch_id, document):
        _add(unit, moment, batch_id, document)
    number = len(checks(unit, batch_id, document)) + 1
    unit.run(
        quality_checks.insert().values(
            tenant=unit.tenant, batch=batch_id, document=document, number=number, result=result, remark=remark,
            checked_by=moment.actor, checked_at=moment.at,
        )
    )  # fmt: skip
    judged = _judge(unit, moment, batch_id)
    said = {"result": result, "remark": remark, "number": number}
    record(unit, moment, CHECKED, document, said, also=[batch_id], hand_on=[] if judged else [document])


def _judge(unit: Unit, moment: Moment, batch: UUID) -> bool:
    """Bring the batch's state up to its checks; whether it changed."""
    chosen = sampled(unit, batch)
    its, found = quality_states.c.batch == batch, _verdict(unit, batch, chosen)
    counts = {"documents": delivered.count_documents(unit, batch), "sampled": len(chosen)}
    unit.run(quality_states.update().where(its).values(**counts))
    changed = quality_states.update().where(its, quality_states.c.state != found)
    if unit.run(changed.values(state=found, since=moment.at)).rowcount == 0:
        return False
    record(unit, moment, JUDGED, batch, {"state": found})
    return True


def _verdict(unit: Unit, batch: UUID, chosen: Sequence[UUID]) -> str:
    newest = {row.document: row.result for row in checks(unit, batch)}
    results = [newest.get(document) for document in chosen]
    return FAILED if FAILED in results else OPEN if None in results or not results else PASSED


def state_of(unit: Unit, batch: UUID) -> State | None:
    """None before the sample is drawn."""
    row = unit.one(select(quality_states).where(quality_states.c.batch == batch))
    return None if row is None else State(**{field.name: row._mapping[field.name] for field in fields(State)})


# --- what jobs that were given up left behind


def note_drawn(unit: Unit, batch: UUID, settled_at: datetime | None) -> None:
    """All that follows from this settling is drawn and noted."""
    unit.run(quality_states.update().where(quality_states.c.batch == batch).values(drawn_for=settled_at))


def left_undrawn(unit: Unit) -> Sequence[UUID]:
    """Batches with a document that were settled, perhaps again, and not drawn and noted to the end since."""
    drawn_since = exists().where(
        quality_states.c.tenant == batches.c.tenant, quality_states.c.batch == batches.c.id,
        quality_states.c.drawn_for == batches.c.settled_at,
    )  # fmt: skip
    query = select(batches.c.id).where(batches.c.state.in_(SETTLED_STATES), ~drawn_since).order_by(batches.c.id)
    return [id_ for id_ in unit.run(query).scalars().all() if delivered.count_documents(unit, id_)]


def left_with_withdrawn(unit: Unit) -> Sequence[UUID]:
    """Batches whose sample lost a document, and that were neither judged without it nor drawn from again.

    Their paper is not released yet: what has been is no more decided by the sample.
    """
    lost = (
        select(quality_samples.c.batch).join(document_rows, _SAMPLED).where(document_rows.c.place.in_(delivered.GONE))
    )
    found = unit.run(lost.distinct().order_by(quality_samples.c.batch)).scalars().all()
    return [id_ for id_ in found if not _is_released(unit, id_) and _is_behind(unit, id_)]


def _is_released(unit: Unit, batch: UUID) -> bool:
    release = delivered.release_of(unit, batch)
    return release is not None and release[1] is not None


def _is_behind(unit: Unit, batch: UUID) -> bool:
    state = state_of(unit, batch)
    judged = state is not None and state.state == _verdict(unit, batch, sampled(unit, batch))
    return not judged or bool(undrawn(unit, batch))


def sampled(unit: Unit, batch: UUID) -> Sequence[UUID]:
    """Documents that are to be checked, drawn or taken in, by their ids; those withdrawn since count no more."""
    there = quality_samples.c.document.in_(delivered.ids_of(batch))
    query = select(quality_samples.c.document).where(quality_samples.c.batch == batch, there)
    return unit.run(query.order_by(quality_samples.c.document)).scalars().all()


def _is_sampled(unit: Unit, batch: UUID, document: UUID) -> bool:
    its_row = exists().where(quality_samples.c.batch == batch, quality_samples.c.document == document)
    found: bool = unit.run(select(its_row)).scalar_one()
    return found


def _ever_sampled(unit: Unit, batch: UUID) -> Sequence[UUID]:
    return unit.run(select(quality_samples.c.document).where(quality_samples.c.batch == batch)).scalars().all()


def checks(unit: Unit, batch: UUID, document: UUID | None = None) -> Sequence[Any]:
    """Rows of all checks of a batch, or of one document of it, oldest first."""
    query = select(quality_checks).where(quality_checks.c.batch == batch)
    if document is not None:
        query = query.where(quality_checks.c.document == document)
    return unit.all(query.order_by(quality_checks.c.number, quality_checks.c.document))


def said_of(unit: Unit, row: Any) -> Check:
    """A row of `checks` with the person's name."""
    return Check(row.result, row.remark, access.person(unit, row.checked_by), row.checked_at)


def of_document(unit: Unit, batch: UUID, document: UUID) -> Quality:
    """What a transfer note says of the check of its batch, and of its own."""
    state = state_of(unit, batch)
    if state is None:
        return Quality(None, None, None, None, False, None)
    rows, chosen = checks(unit, batch, document), _is_sampled(unit, batch, document)
    check_ = said_of(unit, rows[-1]) if rows else None
    return Quality(state.state, state.share, state.documents, state.sampled, chosen, check_)

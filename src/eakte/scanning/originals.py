"""Paper that may be destroyed: after the quality check and the hold period, with nothing against it, by two people.

Nothing in eakte is deleted here: the list is about paper in the centre's archive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select

from eakte.access.model import Principal
from eakte.database import Unit
from eakte.documents.model import Document
from eakte.errors import NotFound, Refused
from eakte.journal import Moment, record
from eakte.scanning import acts, delivered, quality
from eakte.scanning.evidence import HELD, HOLD_ENDED, RELEASE_PROPOSED, RELEASE_REFUSED, RELEASED
from eakte.scanning.evidence_tables import (
    original_holds,
    original_releases,
    quality_states,
    released_batches,
    rescan_requests,
)
from eakte.scanning.model import RECONCILED, Batch
from eakte.scanning.notes import rfc3339
from eakte.scanning.profiles import FourEyes
from eakte.scanning.rescans import NotOfABatch
from eakte.scanning.tables import batches

WAITING, DESTROYABLE, PROPOSED, RELEASED_STATE, REFUSED = "waiting", "destroyable", "proposed", "released", "refused"


class NotDestroyable(Refused):
    """Something speaks against destroying this paper; it is named."""

    code, title = "not-destroyable", "Dieses Papier darf noch nicht vernichtet werden"
    remedy = "GET /v1/originals nennt je Stapel, was noch fehlt."


class PaperReleased(Refused):
    """The paper is released for destruction and may be gone."""

    code, title = "paper-released", "Das Papier ist zur Vernichtung freigegeben"
    remedy = "Sofort beim Scanzentrum nachfragen, ob es das Papier noch gibt; eakte kann es nicht mehr zurückhalten."


@dataclass(frozen=True)
class Originals:
    """The paper of one batch: its state, what still speaks against destroying it, and from when nothing would."""

    batch: UUID
    reference: str
    documents: Sequence[UUID]
    state: str
    reasons: Sequence[str]
    destroyable_from: datetime | None
    release: UUID | None


@dataclass(frozen=True)
class Release:
    """A list of batches proposed by one person; `list` is the signed object once another has released it."""

    id: UUID
    state: str
    batches: Sequence[UUID]
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    list: dict[str, Any] | None


def standing(unit: Unit, batch_id: UUID, now: datetime, hold: timedelta) -> Originals:
    """How the paper of this batch stands."""
    batch, judged = delivered.batch(unit, batch_id), quality.state_of(unit, batch_id)
    since = judged.since + hold if judged is not None and judged.state == quality.PASSED else None
    release = delivered.release_of(unit, batch_id)
    reasons = _reasons(unit, batch, since, now)
    state = (release[1] or PROPOSED) if release else WAITING if reasons else DESTROYABLE
    documents = delivered.documents_of(unit, batch_id)
    return Originals(batch_id, batch.reference, documents, state, reasons, since, release[0] if release else None)


def _reasons(unit: Unit, batch: Batch, since: datetime | None, now: datetime) -> list[str]:
    against = {
        "Der Stapel ist nicht abgestimmt.": batch.state != RECONCILED,
        "Die Qualität ist nicht freigegeben.": since is None,
        "Die Stichprobe ist noch zu ergänzen.": since is not None and bool(quality.undrawn(unit, batch.id)),
        "Die Aufbewahrungsfrist läuft noch.": since is not None and since > now,
        "Eine Nachscan-Anforderung ist offen.": _open_rescan(unit, batch.id),
        "Ein Original ist zurückzuhalten.": bool(holds(unit, batch.id)),
    }
    return [reason for reason, holds_true in against.items() if holds_true]


def _open_rescan(unit: Unit, batch: UUID) -> bool:
    open_ones = exists().where(rescan_requests.c.batch == batch, rescan_requests.c.outcome.is_(None))
    found: bool = unit.run(select(open_ones)).scalar_one()
    return found


def checked_batches(unit: Unit, principal: Principal, after: UUID | None, limit: int) -> Sequence[UUID]:
    """Batches that the principal sees and whose sample is drawn: there is no paper to speak of before."""
    drawn = exists().where(quality_states.c.tenant == batches.c.tenant, quality_states.c.batch == batches.c.id)
    query = select(batches.c.id).where(drawn, acts.in_sight(unit, principal)).order_by(batches.c.id).limit(limit)
    return unit.run(query if after is None else query.where(batches.c.id > after)).scalars().all()


# --- holds


def hold_back(unit: Unit, moment: Moment, document: Document, reason: str) -> UUID:
    """The paper of this document, and so its batch, must be kept: to be given back, evidence in court, and the like.

    PaperReleased where that comes too late; who releases, waits for this or is seen by it.
    """
    item = delivered.item_of(unit, document.received_file)
    if item is None:
        raise NotOfABatch
    delivered.batch(unit, item.batch.id, lock=True)
    if (listed := delivered.release_of(unit, item.batch.id)) is not None and listed[1] == RELEASED_STATE:
        raise PaperReleased
    new = moment.new_id()
    unit.run(
        original_holds.insert().values(
            tenant=unit.tenant, id=new, document=document.id, batch=item.batch.id, reason=reason,
            held_by=moment.actor, held_at=moment.at,
        )
    )  # fmt: skip
    record(unit, moment, HELD, document.id, {"hold": str(new), "reason": reason}, also=[item.batch.id])
    return new


def let_go(unit: Unit, moment: Moment, document: UUID, hold: UUID, reason: str) -> None:
    """End a hold; NotFound where there is none that stands."""
    chosen = (original_holds.c.id == hold, original_holds.c.document == document, original_holds.c.ended_at.is_(None))
    ended = original_holds.update().where(*chosen).values(ended_by=moment.actor, ended_at=moment.at)
    row = unit.run(ended.returning(original_holds.c.batch)).first()
    if row is None:
        raise NotFound("Es gibt keine solche Zurückhaltung.")
    record(unit, moment, HOLD_ENDED, document, {"hold": str(hold), "reason": reason}, also=[row.batch])


def holds(unit: Unit, batch: UUID) -> Sequence[Any]:
    """Rows of the holds that stand on documents of this batch."""
    query = select(original_holds).where(original_holds.c.batch == batch, original_holds.c.ended_at.is_(None))
    return unit.all(query.order_by(original_holds.c.id))


# --- releases


def propose(
    unit: Unit, moment: Moment, principal: Principal, wanted: Sequence[UUID], hold: timedelta
) -> Release:  # fmt: skip
    """A first person proposes; every batch must be destroyable, and none of them be that person's own."""
    chosen = sorted(set(wanted))
    for batch in chosen:
        _need_destroyable(unit, moment, principal, batch, hold, DESTROYABLE)
    new = moment.new_id()
    unit.run(
        original_releases.insert().values(
            tenant=unit.tenant, id=new, proposed_by=moment.actor, proposed_at=moment.at
        )
    )  # fmt: skip
    unit.run(released_batches.insert(), [{"tenant": unit.tenant, "release": new, "batch": batch} for batch in chosen])
    record(unit, moment, RELEASE_PROPOSED, new, {"batches": [str(each) for each in chosen]}, also=chosen)
    return find_release(unit, new, principal)


def to_be_released(
    unit: Unit, moment: Moment, principal: Principal, id_: UUID, hold: timedelta
) -> dict[str, Any]:  # fmt: skip
    """What is to be signed; raises what stands against it, FourEyes for who proposed."""
    release = find_release(unit, id_, principal, lock=True)
    if release.state != PROPOSED:
        raise Refused("Über diesen Vorschlag ist schon entschieden.")
    if release.proposed_by == principal.id:
        raise FourEyes("Freigeben muss eine andere Person, als vorgeschlagen hat.")
    paper = [_need_destroyable(unit, moment, principal, batch, hold, PROPOSED) for batch in release.batches]
    return {
        "format": "eakte-original-release", "format_version": 1, "tenant": str(unit.tenant), "release": str(id_),
        "proposed": {"by": str(release.proposed_by), "at": rfc3339(release.proposed_at)},
        "released": {"by": str(principal.id), "at": rfc3339(moment.at)},
        "batches": [
            {"id": str(each.batch), "reference": each.reference, "documents": [str(one) for one in each.documents]}
            for each in paper
        ],
    }  # fmt: skip


def release(unit: Unit, moment: Moment, principal: Principal, id_: UUID, signed: dict[str, Any]) -> Release:
    """Enter the signed list."""
    values = {"decision": RELEASED_STATE, "decided_by": moment.actor, "decided_at": moment.at, "list": signed}
    unit.run(original_releases.update().where(original_releases.c.id == id_).values(**values))
    found = find_release(unit, id_, principal)
    record(unit, moment, RELEASED, id_, {"batches": [str(each) for each in found.batches]}, also=found.batches)
    return found


def refuse(unit: Unit, moment: Moment, principal: Principal, id_: UUID, reason: str) -> Release:
    """End a proposal without releasing anything; its batches may be proposed again. Whoever proposed may do it too."""
    if find_release(unit, id_, principal, lock=True).state != PROPOSED:
        raise Refused("Über diesen Vorschlag ist schon entschieden.")
    values = {"decision": REFUSED, "decided_by": moment.actor, "decided_at": moment.at}
    unit.run(original_releases.update().where(original_releases.c.id == id_).values(**values))
    found = find_release(unit, id_, principal)
    record(unit, moment, RELEASE_REFUSED, id_, {"reason": reason}, also=found.batches)
    return found


def _need_destroyable(
    unit: Unit, moment: Moment, principal: Principal, batch: UUID, hold: timedelta, expected: str
) -> Originals:
    quality.need_other_eyes(unit, acts.find(unit, batch, principal, "alone"), principal)
    found = standing(unit, batch, moment.at, hold)
    if found.state != expected or found.reasons:
        why = " ".join(found.reasons) or "Er steht schon auf einer Liste."
        raise NotDestroyable(f"Stapel {found.reference}: {why}")
    return found


def find_release(unit: Unit, id_: UUID, principal: Principal, *, lock: bool = False) -> Release:
    """The release; NotFound where there is none, or the principal does not see all of its batches."""
    query = select(original_releases).where(original_releases.c.id == id_, _all_seen(unit, principal))
    row = unit.one(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound("Es gibt keine solche Freigabe.")
    return _release(unit, row)


def releases(unit: Unit, principal: Principal, before: UUID | None, limit: int) -> list[Release]:
    """Newest first, those whose batches the principal sees."""
    query = select(original_releases).where(_all_seen(unit, principal))
    query = query.order_by(original_releases.c.id.desc()).limit(limit)
    rows = unit.all(query if before is None else query.where(original_releases.c.id < before))
    return [_release(unit, row) for row in rows]


def _all_seen(unit: Unit, principal: Principal) -> ColumnElement[bool]:
    its_batch = (released_batches.c.batch == batches.c.id) & (released_batches.c.tenant == batches.c.tenant)
    unseen = select(released_batches.c.release).join(batches, its_batch).where(~acts.in_sight(unit, principal))
    return original_releases.c.id.not_in(unseen)


def _release(unit: Unit, row: Any) -> Release:
    query = select(released_batches.c.batch).where(released_batches.c.release == row.id)
    chosen = unit.run(query.order_by(released_batches.c.batch)).scalars().all()
    state = row.decision or PROPOSED
    return Release(
        row.id, state, chosen, row.proposed_by, row.proposed_at, row.decided_by, row.decided_at, row.list
    )  # fmt: skip

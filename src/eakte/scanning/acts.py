"""What can be done with batches: announce, add and refuse items, complete, reopen, abandon.

Each locks the batch: items share it, so that many come in side by side, and whatever changes its state has it alone.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from eakte.access import acts as access
from eakte.access.model import UNFILED, Permission, Principal
from eakte.database import Unit
from eakte.documents import acts as documents
from eakte.documents.model import FILED
from eakte.errors import Invalid, NotFound, Problem
from eakte.intake.acts import Received, receive
from eakte.journal import Moment, record
from eakte.scanning import delivered, model, profiles, standing
from eakte.scanning.manifest import MOST_NAMED, compared
from eakte.scanning.model import Announcement, Batch, Item, ItemSaid
from eakte.scanning.settling import give_delivery
from eakte.scanning.tables import batches, items, refusals
from eakte.vault import Vault

_COLUMNS = [batches.c[field.name] for field in fields(Batch)]
_NAME_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 17))")


# --- looking


def find(unit: Unit, id_: UUID, principal: Principal, lock: str | None = None) -> Batch:
    """The batch, NotFound unless the principal announced it or sees what arrives there; `lock`: share or alone."""
    query = select(*_COLUMNS).where(batches.c.id == id_)
    row = unit.one(query if lock is None else query.with_for_update(read=lock == "share", key_share=lock == "alone"))
    if row is None or not (row.announced_by == principal.id or row.scope in access.sight(unit, principal).seen):
        raise NotFound("Es gibt keinen solchen Stapel.")
    return Batch(**row._mapping)


def listed(unit: Unit, principal: Principal, before: UUID | None, limit: int) -> list[Batch]:
    """Newest first, `limit` of those that the principal may see."""
    query = select(*_COLUMNS).where(in_sight(unit, principal))
    if before is not None:
        query = query.where(batches.c.id < before)
    return [Batch(**row._mapping) for row in unit.all(query.order_by(batches.c.id.desc()).limit(limit))]


def in_sight(unit: Unit, principal: Principal) -> ColumnElement[bool]:
    """The condition by which `listed` chooses."""
    return or_(batches.c.announced_by == principal.id, batches.c.scope.in_(access.sight(unit, principal).seen))


# --- batches


def announce(unit: Unit, moment: Moment, principal: Principal, said: Announcement) -> tuple[UUID, bool]:
    """The batch of this announcement, and whether it is new. UnknownProfile, BatchReferenceTaken."""
    principal.need(Permission.HAND_IN)
    profile = profiles.newest_released(unit, said.profile)
    values = {
        **asdict(said), "sides": profile.sides, "profile_version": profile.version, "announced_by": principal.id,
        "scope": access.scope_of(unit, moment, access.home_unit(unit, principal), UNFILED),
        "announced_at": moment.at, "state": model.OPEN, "manifest_differences": [],
    }  # fmt: skip
    new = insert(batches).values(tenant=unit.tenant, id=moment.new_id(), **values).on_conflict_do_nothing()
    made: UUID | None = unit.run(new.returning(batches.c.id)).scalar()
    if made is None:
        return _announced_before(unit, principal, said), False
    record(unit, moment, model.ANNOUNCED, made, {**asdict(said), "profile_version": profile.version})
    return made, True


def _announced_before(unit: Unit, principal: Principal, said: Announcement) -> UUID:
    row = unit.run(select(*_COLUMNS).where(batches.c.reference == said.reference)).one()
    try:
        batch = find(unit, row.id, principal)
    except NotFound:
        raise model.BatchReferenceTaken from None
    other = [name for name, value in asdict(said).items() if getattr(batch, name) != value]
    if other:
        raise model.BatchReferenceTaken(f"„{said.reference}“ wurde anders angekündigt: {', '.join(other)}.")
    return batch.id


def complete(
    unit: Unit, moment: Moment, vault: Vault, principal: Principal, id_: UUID, manifest: Sequence[ItemSaid] | None,
    also: Sequence[str] = (),
) -> Batch:  # fmt: skip
    """No more items come; what a manifest says otherwise is noted. Signs the delivery receipt; again, nothing."""
    batch = _held(unit, principal, id_)
    came = standing.items(unit, id_)
    found = [] if manifest is None else [*compared(_unique(manifest), came), *also[:MOST_NAMED]]
    if batch.state == model.ABANDONED_STATE or (
        batch.state != model.OPEN and manifest is not None and found != batch.manifest_differences
    ):
        raise model.BatchNotOpen
    if batch.state != model.OPEN:
        return batch
    values = {"state": model.COMPLETE, "completed_at": moment.at, "settled_at": None, "manifest_differences": found}
    batch = _set(unit, batch, **values)
    give_delivery(unit, moment, vault, batch)
    details = {"items": len(came), "manifest": manifest is not None, "differences": len(found)}
    record(unit, moment, model.COMPLETED, id_, details)
    return batch


def _unique(manifest: Sequence[ItemSaid]) -> Sequence[ItemSaid]:
    if twice := [name for name, times in Counter(file.name for file in manifest).items() if times > 1]:
        raise Invalid(f"Das Verzeichnis nennt „{min(twice)}“ mehrmals.")
    return manifest


def reopen(unit: Unit, moment: Moment, principal: Principal, id_: UUID) -> Batch:
    """Further items may come, also after all was settled or given up; receipts that were given stay. PaperListed."""
    batch = _held(unit, principal, id_)
    if batch.state == model.OPEN:
        return batch
    _need_unlisted(unit, batch)
    record(unit, moment, model.REOPENED, id_, {"was": batch.state})
    return _set(unit, batch, state=model.OPEN, reason=None, completed_at=None, settled_at=None)


def abandon(unit: Unit, moment: Moment, principal: Principal, id_: UUID, reason: str) -> Batch:
    """The sender gives it up. What came with it stays, on its way like any other file. PaperListed."""
    batch = _held(unit, principal, id_)
    if batch.state == model.ABANDONED_STATE:
        return batch
    _need_unlisted(unit, batch)
    record(unit, moment, model.ABANDONED, id_, {"was": batch.state, "reason": reason})
    return _set(unit, batch, state=model.ABANDONED_STATE, reason=reason)


def _held(unit: Unit, principal: Principal, id_: UUID) -> Batch:
    batch = find(unit, id_, principal, "alone")
    principal.need(Permission.HAND_IN)
    return batch


def _need_unlisted(unit: Unit, batch: Batch) -> None:
    if delivered.release_of(unit, batch.id) is not None:
        raise model.PaperListed


def _set(unit: Unit, batch: Batch, **values: Any) -> Batch:
    unit.run(batches.update().where(batches.c.id == batch.id).values(**values))
    return replace(batch, **values)


# --- items


def add_item(
    unit: Unit, moment: Moment, vault: Vault, principal: Principal, batch_id: UUID, received: Received, said: ItemSaid
) -> Item:
    """Enter a file whose bytes are durable; its `received_file` is another's if the very same came before.

    Raises NotFound, Forbidden, HashDiffers, BatchNotOpen, ItemDiffers, NotReplaceable, PaperListed, EmptyFile, and
    nothing stays.
    """
    batch = find(unit, batch_id, principal, "share" if said.replaces is None else "alone")
    principal.need(Permission.HAND_IN)
    if received.stored.sha256 != said.sha256:
        raise model.HashDiffers(f"Angekündigt ist {said.sha256}, empfangen wurde {received.stored.sha256}.")
    unit.run(_NAME_LOCK, {"what": f"{batch_id} {said.name}"})
    if (before := _came_before(unit, said, batch_id)) is not None:
        return before
    new = moment.new_id()
    if said.replaces is not None:
        _replace(unit, moment, batch, said, new)
    elif batch.state != model.OPEN:
        raise model.BatchNotOpen
    scope = batch.scope if principal.id == batch.announced_by else None
    document = receive(unit, moment, vault, principal, received, "batch", scope)
    entered = _insert(unit, moment, batch_id, new, received, document, said)
    if batch.state != model.OPEN:
        give_delivery(unit, moment, vault, batch)
    return entered


def _came_before(unit: Unit, said: ItemSaid, batch_id: UUID) -> Item | None:
    """The item of this name with these very bytes; ItemDiffers where the name stands for something else."""
    named = select(items.c.id).where(items.c.batch == batch_id, items.c.name == said.name)
    rows = unit.run(named.order_by(items.c.replaced_by.is_not(None), items.c.id)).scalars()
    there = [found for id_ in rows if (found := standing.item(unit, batch_id, id_)) is not None]
    for item in there:
        if item.sha256 == said.sha256 and item.id != said.replaces:
            if (item.pages, item.dropped_blank) != (said.pages, said.dropped_blank):
                raise model.ItemDiffers(f"„{said.name}“ kam schon, aber mit anderer Seitenzahl.")
            return item
    if any(item.replaced_by is None and item.id != said.replaces for item in there):
        raise model.ItemDiffers(f"„{said.name}“ kam schon, aber mit anderem Inhalt.")
    return None


def _insert(
    unit: Unit, moment: Moment, batch_id: UUID, new: UUID, received: Received, document: UUID, said: ItemSaid
) -> Item:
    """The item as it stands when nothing was read of it yet."""
    values: dict[str, Any] = {
        "id": new, "batch": batch_id, "name": said.name, "sha256": said.sha256, "document": document,
        "bytes": received.stored.bytes, "pages": said.pages, "dropped_blank": said.dropped_blank,
        "received_file": received.id, "received_at": moment.at,
    }  # fmt: skip
    unit.insert(items, tenant=unit.tenant, **values)
    settled = refusals.update().where(
        refusals.c.batch == batch_id, refusals.c.name == said.name, refusals.c.settled_at.is_(None)
    )
    unit.run(settled.values(settled_at=moment.at))
    details = {"name": said.name, "sha256": said.sha256, "pages": said.pages, "dropped_blank": said.dropped_blank}
    record(unit, moment, model.ITEM_RECEIVED, batch_id, details, also=[received.id, document])
    return Item(**values, replaced_by=None, state=model.WAITING_ITEM, stored=0, blank=0, separator=0, reason=None)


def _replace(unit: Unit, moment: Moment, batch: Batch, said: ItemSaid, new: UUID) -> None:
    """The other item counts no more, and whatever came out of it is withdrawn."""
    assert said.replaces is not None
    old = standing.item(unit, batch.id, said.replaces)
    if batch.state == model.ABANDONED_STATE:
        raise model.BatchNotOpen
    _need_unlisted(unit, batch)
    if old is None:
        raise model.NotReplaceable("Im Stapel gibt es keine solche Datei.")
    if old.sha256 == said.sha256:
        raise model.NotReplaceable("Die neue Datei ist dieselbe wie die unbrauchbare.")
    if old.state != model.REJECTED_ITEM and not old.differs:
        raise model.NotReplaceable(f"„{old.name}“ ist nicht unbrauchbar, oder noch nicht gelesen, oder schon ersetzt.")
    unit.run(items.update().where(items.c.id == old.id).values(replaced_by=new))
    _withdraw_all(unit, moment, old, f"Im Stapel {batch.reference} durch „{said.name}“ ersetzt.")
    details = {"name": old.name, "by": said.name}
    record(unit, moment, model.ITEM_REPLACED, batch.id, details, also=[old.received_file, old.document])


def _withdraw_all(unit: Unit, moment: Moment, old: Item, reason: str) -> None:
    """Separated and attached documents too, or their sheets would be in the house twice."""
    came = documents.all_of_file(unit, old.received_file)
    if filed := [document.title for document in came if document.place == FILED]:
        raise model.NotReplaceable(f"„{filed[0]}“ aus dieser Datei liegt schon in einer Akte.")
    for document in came:
        documents.withdraw(unit, moment, document, reason)


def refuse_item(unit: Unit, moment: Moment, batch_id: UUID, name: str, problem: Problem) -> None:
    """Note, in a transaction of its own, what was refused and why; the same again only moves its time."""
    values = {"reason": problem.detail, "at": moment.at}
    new = moment.new_id()
    noted = insert(refusals).values(
        tenant=unit.tenant, id=new, batch=batch_id, name=name[:500], code=problem.code, **values
    )
    once = noted.on_conflict_do_update(
        index_elements=["tenant", "batch", "name", "code"], index_where=refusals.c.settled_at.is_(None), set_=values
    )
    if unit.run(once.returning(refusals.c.id)).scalar_one() == new:
        record(unit, moment, model.ITEM_REFUSED, batch_id, {"name": name[:500], "code": problem.code})

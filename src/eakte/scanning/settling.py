"""Settling a batch whose every item is settled, and giving its receipts: signed, numbered, never changed."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from eakte.database import Unit
from eakte.journal import Moment, record
from eakte.scanning import ledger, receipts, standing
from eakte.scanning.model import COMPLETE, DIFFERS, RECONCILED, SETTLED, SETTLED_STATES, Batch
from eakte.scanning.tables import batches
from eakte.scanning.tables import receipts as receipt_rows
from eakte.vault import Vault


def give_delivery(unit: Unit, moment: Moment, vault: Vault, batch: Batch) -> None:
    """The receipt of what came, at once."""
    came, refused = standing.items(unit, batch.id), standing.refusals(unit, batch.id)
    _give(unit, moment, vault, batch.id, receipts.delivery(batch, came, refused, batch.manifest_differences))


def settle(unit: Unit, moment: Moment, vault: Vault, batch_id: UUID) -> None:
    """`reconciled` or `differs` with its receipt, once all items are settled; the same result twice changes nothing."""
    columns = [batches.c[field.name] for field in fields(Batch)]
    row = unit.one(select(*columns).where(batches.c.id == batch_id).with_for_update(key_share=True))
    if row is None or row.state not in {COMPLETE, *SETTLED_STATES}:
        return
    batch, tallies = Batch(**row._mapping), standing.tallies(unit, [batch_id])[batch_id]
    if ledger.is_waiting(tallies):
        return
    counted, found = standing_of(unit, batch, tallies)
    state = DIFFERS if found else RECONCILED
    body = receipts.reconciliation(
        batch, state, counted, found, standing.items(unit, batch_id), standing.pages(unit, batch_id),
        standing.refusals(unit, batch_id),
    )  # fmt: skip
    if batch.state == state and receipts.says_the_same(standing.newest_receipt(unit, batch_id, body["kind"]), body):
        return
    values = {"state": state, "settled_at": moment.at, "difference": counted.difference}
    unit.run(batches.update().where(batches.c.id == batch_id).values(**values))
    number = _give(unit, moment, vault, batch_id, body)
    record(unit, moment, SETTLED, batch_id, {"state": state, "receipt": number, **counted.to_json()})


def unsettle(unit: Unit, batch_id: UUID) -> None:
    """A settled batch that could not be settled anew counts as complete again: so the sweep finds it."""
    settled = batches.update().where(batches.c.id == batch_id, batches.c.state.in_(SETTLED_STATES))
    unit.run(settled.values(state=COMPLETE))


def standing_of(unit: Unit, batch: Batch, tallies: list[ledger.Tally]) -> tuple[ledger.Ledger, list[str]]:
    """Ledger, and what does not agree in sentences."""
    counted = ledger.count(batch.announced, tallies)
    differing = standing.differing(unit, batch.id, ledger.MOST_NAMED) if any(t.differing for t in tallies) else []
    return counted, ledger.differences(counted, tallies, differing, batch.manifest_differences)


def left_complete(unit: Unit) -> list[UUID]:
    """Batches that are complete and not settled; most of them wait for readers, some for a job that was given up."""
    return list(unit.run(select(batches.c.id).where(batches.c.state == COMPLETE)).scalars())


def _give(unit: Unit, moment: Moment, vault: Vault, batch: UUID, body: Mapping[str, Any]) -> int:
    """Under the batch's lock, so numbers have no gap."""
    last = select(func.coalesce(func.max(receipt_rows.c.number), 0))
    number: int = (
        unit.run(last.where(receipt_rows.c.batch == batch, receipt_rows.c.kind == body["kind"])).scalar_one() + 1
    )
    said = receipts.numbered(body, number, moment.at)
    unit.run(
        receipt_rows.insert().values(
            tenant=unit.tenant, batch=batch, kind=body["kind"], number=number, made_at=moment.at,
            body={**said, "signature": vault.sign(unit.tenant, said)},
        )
    )  # fmt: skip
    return number

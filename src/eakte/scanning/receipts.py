"""Batch receipts before they are signed: docs/reference/formats/batch-receipt.md. Plain JSON, no I/O."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from eakte.intake.acts import rfc3339
from eakte.scanning.ledger import Ledger
from eakte.scanning.model import (
    DELIVERY,
    RECONCILIATION,
    REJECTED_ITEM,
    REPLACED_ITEM,
    STORED_ITEM,
    Batch,
    Item,
    Refusals,
)
from eakte.scanning.standing import Page

FORMAT, VERSION = "eakte-batch-receipt", 1
_OF_ITS_OWN = {"number", "made_at", "signature"}
_SIDES = ("stored", "blank", "dropped_blank", "separator", "rejected")


def delivery(batch: Batch, items: Sequence[Item], refused: Refusals, differences: Sequence[str]) -> dict[str, Any]:
    """Every file that came, and what a manifest says otherwise."""
    return {
        **_about(batch, DELIVERY),
        "differences": list(differences),
        "files": [_file(item) for item in items],
        **_refusals(refused),
    }


def reconciliation(
    batch: Batch, state: str, ledger: Ledger, differences: Sequence[str], items: Sequence[Item],
    pages: Mapping[UUID, Sequence[Page]], refused: Refusals,
) -> dict[str, Any]:  # fmt: skip
    """Every page, with what became of it."""
    return {
        **_about(batch, RECONCILIATION),
        "state": state,
        "ledger": ledger.to_json(),
        "differences": list(differences),
        "files": [_read_file(item, pages.get(item.received_file, ())) for item in items],
        **_refusals(refused),
    }


def numbered(body: Mapping[str, Any], number: int, at: datetime) -> dict[str, Any]:
    """With its number among those of its kind, from 1, and its time."""
    return {**body, "number": number, "made_at": rfc3339(at)}


def says_the_same(given: Mapping[str, Any] | None, body: Mapping[str, Any]) -> bool:
    """Whether a receipt that was given says all this already."""
    return given is not None and {name: value for name, value in given.items() if name not in _OF_ITS_OWN} == body


def contradiction(receipt: Mapping[str, Any]) -> str | None:
    """Where a receipt's sums are not those of its pages: a German sentence, None where all agrees.

    Raises LookupError and TypeError for what is no receipt of version 1.
    """
    if receipt["version"] != VERSION or receipt["kind"] not in {DELIVERY, RECONCILIATION}:
        raise LookupError(f"version {receipt['version']}, kind {receipt['kind']}")
    if receipt["refusals_count"]["listed"] != len(receipt["refusals"]):
        return f"refusals_count.listed ist {receipt['refusals_count']['listed']}, aufgeführt {len(receipt['refusals'])}"
    if receipt["kind"] == DELIVERY:
        return None
    ledger, counted = receipt["ledger"], _counted(receipt["files"])
    for name in _SIDES:
        if ledger[name] != counted[name]:
            return f"ledger.{name} ist {ledger[name]}, die Dateien ergeben {counted[name]}"
    if ledger["announced"] != receipt["expected_sheets"] * receipt["sides"]:
        return "ledger.announced ist nicht Blätter mal Seiten je Blatt"
    if ledger["difference"] != ledger["announced"] - sum(counted.values()):
        return "ledger.difference ist nicht angekündigt weniger gezählt"
    return None


def _counted(files: Sequence[Mapping[str, Any]]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for file in files:
        if file["state"] != REPLACED_ITEM:
            counted["dropped_blank"] += file["dropped_blank"]
        if file["state"] == REJECTED_ITEM:
            counted["rejected"] += file["announced_pages"]
        if file["state"] == STORED_ITEM:
            counted.update(page["disposition"] for page in file["pages"])
    return counted


def _about(batch: Batch, kind: str) -> dict[str, Any]:
    return {
        "format": FORMAT, "version": VERSION, "kind": kind, "batch": str(batch.id), "reference": batch.reference,
        "profile": batch.profile, "operator": batch.operator, "expected_sheets": batch.expected_sheets,
        "sides": batch.sides, "announced_at": rfc3339(batch.announced_at),
    }  # fmt: skip


def _file(item: Item) -> dict[str, Any]:
    return {
        "item": str(item.id), "name": item.name, "received_file": str(item.received_file), "sha256": item.sha256,
        "bytes": item.bytes, "received_at": rfc3339(item.received_at), "announced_pages": item.pages,
        "dropped_blank": item.dropped_blank, "replaced_by": _text(item.replaced_by),
    }  # fmt: skip


def _read_file(item: Item, pages: Sequence[Page]) -> dict[str, Any]:
    return {**_file(item), "state": item.state, "reason": item.reason, "pages": [_page(page) for page in pages]}


def _page(page: Page) -> dict[str, Any]:
    return {
        "number": page.number, "disposition": page.disposition, "type": page.type, "document": _text(page.document),
        "document_page": page.document_page,
    }  # fmt: skip


def _refusals(refused: Refusals) -> dict[str, Any]:
    return {
        "refusals_count": refused.to_json(),
        "refusals": [
            {
                "name": each.name, "code": each.code, "reason": each.reason, "at": rfc3339(each.at),
                "settled_at": each.settled_at and rfc3339(each.settled_at),
            }
            for each in refused.listed
        ],
    }  # fmt: skip


def _text(id_: UUID | None) -> str | None:
    return None if id_ is None else str(id_)

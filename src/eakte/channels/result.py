"""What a sender finds beside a delivery that was set aside: its ledger so far, reasons and receipts."""

import json
from typing import Any

from eakte.database import Unit
from eakte.errors import Problem
from eakte.scanning import ledger, settling, standing
from eakte.scanning.model import DELIVERY, RECONCILIATION, Batch

JSON, TEXT = "ergebnis.json", "ergebnis.txt"


def of_refused(problem: Problem) -> dict[str, Any]:
    """Nothing of it was taken."""
    said = {"code": problem.code, "reason": problem.detail, "remedy": problem.remedy}
    return {"failed": True, "reference": None, "batch": None, "problem": said}


def of_batch(unit: Unit, batch: Batch) -> dict[str, Any]:
    """As it stands at this moment; `failed` when anything of the delivery was not taken as it was announced."""
    tallies = standing.tallies(unit, [batch.id])[batch.id]
    counted, _ = settling.standing_of(unit, batch, tallies)
    refused = standing.refusals(unit, batch.id)
    given = {kind: standing.newest_receipt(unit, batch.id, kind) for kind in (DELIVERY, RECONCILIATION)}
    return {
        "failed": bool(refused.open or batch.manifest_differences),
        "reference": batch.reference,
        "batch": str(batch.id),
        "state": ledger.shown_state(batch.state, tallies),
        "files": sum(tally.items for tally in tallies),
        "ledger": counted.to_json(),
        "differences": batch.manifest_differences,
        "refused": refused.open,
        "refusals": [
            {"name": each.name, "code": each.code, "reason": each.reason}
            for each in refused.listed
            if each.settled_at is None
        ],
        "receipts": {kind: body for kind, body in given.items() if body is not None},
    }


def as_json(said: dict[str, Any]) -> bytes:
    """For programs; the receipts in it can be cut out and checked with `eakte verify`."""
    return json.dumps(said, ensure_ascii=False, indent=2).encode() + b"\n"


def as_text(said: dict[str, Any]) -> str:
    """For people."""
    if said["batch"] is None:
        problem = said["problem"]
        return f"Nicht übernommen: {problem['reason']}\n{problem['remedy']}\n"
    more = said["refused"] - len(said["refusals"])
    lines = [
        f"Stapel {said['reference']}: {said['files']} Dateien übernommen.",
        f"Angekündigt sind {said['ledger']['announced']} Seiten. Den Abgleich zeigt GET /v1/batches/{said['batch']}.",
        *(f"Nicht übernommen: „{each['name']}“: {each['reason']}" for each in said["refusals"]),
        *([f"Nicht übernommen wurden {more} weitere Dateien."] if more > 0 else []),
        *said["differences"],
    ]
    return "".join(f"{line}\n" for line in lines)

"""What the centre says of a batch's capture: scanner, times, remarks. Said again, the newest counts; all are kept."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from eakte.database import Unit
from eakte.journal import Moment, record
from eakte.scanning.evidence import CAPTURED, Capture, Remark
from eakte.scanning.evidence_tables import captures


def say(unit: Unit, moment: Moment, batch: UUID, capture: Capture) -> int:
    """Enter it, holding the batch alone; the number of this statement. Notes made from now on say it."""
    newest = unit.run(select(func.max(captures.c.number)).where(captures.c.batch == batch)).scalar() or 0
    unit.run(
        captures.insert().values(
            tenant=unit.tenant, batch=batch, number=newest + 1, scanner=capture.scanner, begun_at=capture.begun_at,
            ended_at=capture.ended_at, reworked=capture.reworked, remarks=[_said(each) for each in capture.remarks],
            said_by=moment.actor, said_at=moment.at,
        )
    )  # fmt: skip
    record(unit, moment, CAPTURED, batch, {"number": newest + 1, "remarks": len(capture.remarks)})
    return newest + 1


def capture_of(unit: Unit, batch: UUID) -> Capture:
    """The newest statement, an empty one where nothing was said."""
    query = select(captures).where(captures.c.batch == batch).order_by(captures.c.number.desc()).limit(1)
    row = unit.run(query).first()
    if row is None:
        return Capture()
    remarks = tuple(Remark(**each) for each in row.remarks)
    return Capture(row.scanner, row.begun_at, row.ended_at, row.reworked, remarks)


def _said(remark: Remark) -> dict[str, Any]:
    return {"text": remark.text, "item": remark.item, "page": remark.page}

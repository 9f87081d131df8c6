"""Finding what may be a duplicate, and saying so: a relation from the newer document to the older, nothing more."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, func, literal, select, text
from sqlalchemy.dialects.postgresql import insert

from eakte.database import Unit
from eakte.documents import acts as documents
from eakte.documents.model import DISPOSED, WITHDRAWN_PLACE
from eakte.journal import Moment, record
from eakte.recognition.model import ALIKE
from eakte.recognition.tables import document_marks

COMMON = 50
"""So many documents share a mark that leads nowhere: the office's own telephone number stands on all of them."""
MOST = 8
"""Documents that one is compared with, those with the most marks in common first."""

_CANDIDATES = text("""
    SELECT document, d.version, count(*) AS shared FROM (
        SELECT unnest(holders.documents) AS document
        FROM unnest(CAST(:marks AS bigint[])) AS asked(mark)
        CROSS JOIN LATERAL (
            SELECT array_agg(document) AS documents FROM (
                SELECT document FROM document_marks WHERE tenant = :tenant AND mark = asked.mark LIMIT :common + 1
            ) AS first
        ) AS holders
        WHERE cardinality(holders.documents) <= :common
    ) AS found
    JOIN documents d ON d.tenant = :tenant AND d.id = document AND d.place <> ALL(:away)
    WHERE document <> :document GROUP BY document, d.version ORDER BY shared DESC, document LIMIT :most""")


def keep_marks(unit: Unit, document: UUID, version: int, marks: Sequence[int]) -> None:
    """By which others will find this version; those of an older version go."""
    older = document_marks.c.document == document, document_marks.c.version < version
    unit.run(document_marks.delete().where(*older))
    rows = select(
        literal(unit.tenant), literal(document), literal(version),
        func.unnest(literal(sorted(set(marks)), ARRAY(BigInteger))),
    )  # fmt: skip
    kept = insert(document_marks).from_select(["tenant", "document", "version", "mark"], rows)
    unit.run(kept.on_conflict_do_nothing())


def candidates(unit: Unit, document: UUID, marks: Sequence[int]) -> list[tuple[UUID, int]]:
    """Id and version of the documents that share a mark which few have; not those that are withdrawn or disposed of."""
    asked = {"tenant": unit.tenant, "document": document, "marks": list(marks), "common": COMMON, "most": MOST}
    found = unit.run(_CANDIDATES, asked | {"away": [WITHDRAWN_PLACE, DISPOSED]})
    return [(row.document, row.version) for row in found]


def enter(unit: Unit, moment: Moment, one: UUID, other: UUID, by: str) -> None:
    """Relate the newer of two documents to the older, once; `by`: bytes, or content."""
    older, newer = sorted([one, other])
    if documents.relate_duplicate(unit, newer, older):
        details: dict[str, Any] = {"duplicate_of": str(older), "by": by}
        record(unit, moment, ALIKE, newer, details, also=[older])

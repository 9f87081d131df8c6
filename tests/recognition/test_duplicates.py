"""What came twice is shown as a possible duplicate, to those who may see both; nothing else changes for it."""

from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import httpx
from sqlalchemy import select
from uuid_utils.compat import uuid7

from eakte.access import acts as access
from eakte.access.model import UNFILED
from eakte.documents import acts as documents
from eakte.documents.tables import relations
from eakte.journal.tables import entries
from eakte.recognition import duplicates
from eakte.recognition.compare_jobs import CompareJobs
from eakte.recognition.likeness import marks
from eakte.recognition.model import ALIKE
from tests.ocr_pipeline.sheets import drawn, encoded, scan
from tests.recognition import test_reading_api as reading
from tests.recognition.office import Office

NOTICE = [
    "Bewilligungsbescheid Aktenzeichen 05817//0093412", "Ihre Miete von 412,50 Euro wird ab 01.03.2025",
    "monatlich auf das Konto DE02120300000000202051 überwiesen.", "Mit freundlichen Grüßen Jobcenter",
]  # fmt: skip
OTHER = [line.replace("0093412", "0055871").replace("412,50", "398,20") for line in NOTICE]


def compare(office: Office) -> None:
    """Read what waits, then compare what was read."""
    office.work()
    jobs = CompareJobs(office.database, office.vault, lambda: datetime.now(UTC), uuid7)
    while found := office.take("compare"):
        jobs.compare(office.tenant, found[1])
        jobs.compare(office.tenant, found[1])


def found(office: Office) -> list[tuple[UUID, str, UUID]]:
    return [(row.document, row.kind, row.other) for row in office.rows(relations)]


def said(office: Office) -> int:
    with office.database.look(office.tenant) as unit:
        return len(unit.all(select(entries.c.no).where(entries.c.act == ALIKE)))


def test_the_same_bytes_are_a_duplicate_of_what_came_first_even_if_they_cannot_be_read(office: Office) -> None:
    pairs = [(office.hand_in(data), office.hand_in(data)) for data in (drawn(NOTICE), b"Hallo\0")]
    compare(office)
    assert sorted(found(office)) == sorted((second, "duplicate-of", first) for first, second in pairs)
    assert said(office) == 2


def test_the_same_sheet_scanned_again_is_a_duplicate_and_another_letter_is_none(office: Office) -> None:
    first = office.hand_in(encoded(scan(NOTICE), "PNG"))
    compare(office)
    office.hand_in(encoded(scan(OTHER), "PNG"))
    second = office.hand_in(encoded(scan(NOTICE), "JPEG"))
    compare(office)
    assert found(office) == [(second, "duplicate-of", first)]
    assert office.document(second).reading_state == "done"


def test_a_withdrawn_document_is_nothing_to_be_a_duplicate_of(office: Office) -> None:
    first = office.hand_in(drawn(NOTICE))
    compare(office)
    with office.database.unit(office.tenant) as unit:
        documents.withdraw(unit, office.moment(), documents.find(unit, first, lock=True), "doppelt")
    office.hand_in(drawn(NOTICE))
    compare(office)
    assert found(office) == []


def test_withdrawn_documents_hide_no_duplicate_among_them(office: Office) -> None:
    """Only the first few with the most in common are compared."""
    withdrawn = [office.hand_in(b"Hallo\0") for _ in range(duplicates.MOST)]
    office.work()
    with office.database.unit(office.tenant) as unit:
        for each in withdrawn:
            documents.withdraw(unit, office.moment(), documents.find(unit, each, lock=True), "doppelt")
    jobs = CompareJobs(office.database, office.vault, lambda: datetime.now(UTC), uuid7)
    for each in withdrawn:  # as they were compared before they were withdrawn
        with office.database.unit(office.tenant) as unit:
            duplicates.keep_marks(unit, each, 1, marks([], sha256(b"Hallo\0").hexdigest()))
    first = office.hand_in(b"Hallo\0")
    second = office.hand_in(b"Hallo\0")
    office.work()
    jobs.compare(office.tenant, first)
    jobs.compare(office.tenant, second)
    assert found(office) == [(second, "duplicate-of", first)]


def test_a_duplicate_is_proposed_to_whoever_may_see_both_and_to_nobody_else(office: Office) -> None:
    first, second = office.hand_in(drawn(NOTICE)), office.hand_in(drawn(NOTICE))
    compare(office)
    with office.database.unit(office.tenant) as unit:
        documents.to_clearing(unit, office.moment(), documents.find(unit, second), "Bitte prüfen.")
    with reading.served(office) as client:
        assert shown(client, second) == (str(first), [{"kind": "duplicate-of", "document": str(first)}])
        with office.database.unit(office.tenant) as unit:
            nord = access.create_org_unit(unit, office.moment(), "nord", "Nord")
            documents.update(unit, second, scope=access.scope_of(unit, office.moment(), nord, UNFILED))
            token = access.create_key(unit, office.moment(), "nord", ["clerk"], ["nord"])
        client.headers["Authorization"] = f"Bearer {token}"
        assert shown(client, second) == (None, [])


def shown(client: httpx.Client, document: UUID) -> tuple[object, object]:
    (item,) = client.get("/v1/workitems?basket=clearing").json()["items"]
    whole = client.get(f"/v1/documents/{document}").json()
    return item["proposal"]["duplicate_of"], whole["relations"]

"""From a received document to a read one, whatever comes twice, late or in between."""

import json
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from uuid import UUID

import pikepdf
import pytest

from eakte.access import acts as access
from eakte.documents import acts as documents
from eakte.recognition import acts
from eakte.recognition.runs import end_needless_runs
from eakte.recognition.tables import ranges, readings, references, runs
from eakte.vault.tables import blobs
from tests.ocr_pipeline.sheets import drawn, encoded, scan, scanned
from tests.recognition.office import Office

REFERENCE = "12345//1234567"
SHORT = ["begun", "read"]
LONG = ["begun", "divided", "ranges-read", "read"]


def pages(count: int) -> bytes:
    """A born-digital PDF of so many numbered pages."""
    return drawn(*[(f"Blatt {number}", f"Aktenzeichen {REFERENCE}") for number in range(1, count + 1)])


def assert_read_once(office: Office, document: UUID, count: int, entries: list[str]) -> None:
    """One reading with three renditions and one entry each; nothing is left of the way there."""
    found = office.document(document)
    assert (found.reading_state, found.pages) == ("done", count)
    assert office.acts(document) == entries
    assert len(office.rows(readings)) == 1
    assert office.rows(runs) == office.rows(ranges) == []
    assert len(office.rows(blobs)) == 4
    assert office.scratch() == []
    with office.database.look(office.tenant) as unit:
        assert [page.number for page in acts.pages_of(unit, office.vault, document, 1)] == list(range(1, count + 1))


def test_a_short_scan_is_read_and_joined_in_one_job(office: Office) -> None:
    document = office.hand_in(encoded(scan(["Mietvertrag", f"Zeichen {REFERENCE}"]), "PNG"))
    assert office.work() == ["read"]
    assert_read_once(office, document, 1, SHORT)
    assert office.waiting() == ["compare", "decide", "index", "note_transfer", "reconcile"]
    assert "Mietvertrag" in office.rendition(document, "text").decode()
    with office.database.look(office.tenant) as unit:
        found = acts.occurrences(unit, document, 1)
        archival = documents.newest(unit, document, "archival")
    assert [(each.reference, each.page, each.reads_differently) for each in found] == [(REFERENCE, 1, False)]
    assert archival is not None
    assert archival.conformance == "PDF/A-2b"


def test_each_page_of_the_received_file_has_a_disposition_once_it_was_read(office: Office) -> None:
    document = office.hand_in(scanned(scan(["Mietvertrag"]), scan([]), scan(["Seite drei"])))
    assert office.received_pages(document) == []
    office.work(times=2)
    assert office.received_pages(document) == [
        (1, "stored", document, 1),
        (2, "blank", document, 2),
        (3, "stored", document, 3),
    ]


def test_the_stored_reading_is_the_outer_form_with_each_page_in_one_range(office: Office) -> None:
    document = office.hand_in(pages(3))
    office.work()
    stored = office.rendition(document, "reading")
    whole = json.loads(stored)
    assert (whole["format"], whole["version"], whole["engine"]["name"]) == ("eakte-reading", 1, "tesserocr")
    with office.database.look(office.tenant) as unit:
        for number in (1, 2, 3):
            frame = acts.page_frame(unit, document, 1, number)
            assert frame is not None
            _, start, stop = frame
            assert json.loads(stored[start:stop]) == whole["pages"][number - 1]


def test_a_long_scan_is_read_in_ranges_by_two_threads_and_joined_once(office: Office) -> None:
    document = office.hand_in(scanned(*[scan([f"Blatt Nummer {number}"], dpi=150) for number in range(1, 7)]))
    assert office.take() == ("read", document)
    office.run("read", document)
    assert office.document(document).pages == 6
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda job: office.run(*job), [office.take(), office.take()]))
    assert office.work() == ["join"]
    assert_read_once(office, document, 6, LONG)
    with pikepdf.open(BytesIO(office.rendition(document, "archival"))) as pdf:
        assert len(pdf.pages) == 6
    text = office.rendition(document, "text").decode()
    assert [f"Nummer {number}" in part for number, part in enumerate(text.split("\f"), 1)] == [True] * 6


@pytest.mark.parametrize(("count", "entries"), [(2, SHORT), (9, LONG)])
def test_jobs_that_are_delivered_twice_leave_one_reading_and_one_entry(
    office: Office, count: int, entries: list[str]
) -> None:
    document = office.hand_in(pages(count))
    office.work(times=2)
    assert_read_once(office, document, count, entries)


@pytest.mark.parametrize(("count", "entries"), [(2, SHORT), (9, LONG)])
def test_jobs_that_run_twice_at_the_same_time_leave_one_reading_and_one_entry(
    office: Office, count: int, entries: list[str]
) -> None:
    document = office.hand_in(pages(count))
    with ThreadPoolExecutor(4) as threads:
        while job := office.take():
            same = [job, job]
            if job[0] == "read_range" and (other := office.take("read_range")):
                same += [other, other]
            list(threads.map(lambda each: office.run(*each), same))
    assert_read_once(office, document, count, entries)


def test_a_worker_killed_behind_any_step_is_taken_up_where_it_stopped(office: Office) -> None:
    document = office.hand_in(pages(6))
    job = office.take()
    with office.database.unit(office.tenant) as unit:  # begun, then killed
        assert acts.begin(unit, office.moment(), document) is not None
    assert job == ("read", document)
    office.run(*job)
    office.run(*job)  # killed before the queue knew of the end
    office.work()
    assert_read_once(office, document, 6, LONG)


def test_a_version_that_came_while_the_old_one_was_read_is_read_too_and_decides_the_state(office: Office) -> None:
    document = office.hand_in(pages(9))
    office.run(*office.take())
    office.new_version(document, pages(2))
    newer = office.take("read")
    office.work()
    found = office.document(document)
    assert (found.reading_state, found.pages) == ("waiting", None)
    assert office.rendition(document, "archival", 1)
    office.run(*newer)
    found = office.document(document)
    assert (found.reading_state, found.pages, found.version) == ("done", 2, 2)
    with office.database.look(office.tenant) as unit:
        assert [reading.version for reading in acts.newest_readings(unit, [document])[document]] == [1, 2]
        assert {each.page for each in acts.occurrences(unit, document, 1)} == set(range(1, 10))
        assert {each.page for each in acts.occurrences(unit, document, 2)} == {1, 2}
    assert len(office.rows(references)) == 11


def test_a_type_that_a_person_chose_is_not_touched_by_the_classifier(office: Office) -> None:
    mine, judged = office.hand_in(pages(1)), office.hand_in(pages(1))
    with office.database.unit(office.tenant) as unit:
        documents.update(unit, mine, type_code="HA")
    office.work()
    assert (office.document(mine).type_code, office.document(mine).type_score) == ("HA", None)
    assert office.document(judged).type_score is not None


def test_a_document_disposed_of_while_it_is_read_stays_unread_and_its_run_is_swept(office: Office) -> None:
    document = office.hand_in(pages(9))
    office.run(*office.take())
    with office.database.unit(office.tenant) as unit:
        assert end_needless_runs(unit) == []
        documents.update(unit, document, place="disposed")
    office.work()
    assert office.rows(readings) == []
    with office.database.unit(office.tenant) as unit:
        assert len(end_needless_runs(unit)) >= 1
    assert office.rows(runs) == office.rows(ranges) == []
    assert len(office.rows(blobs)) == 1, "the original's"


def test_a_withdrawn_document_is_not_read(office: Office) -> None:
    document = office.hand_in(pages(1))
    with office.database.unit(office.tenant) as unit:
        documents.withdraw(unit, office.moment(), documents.find(unit, document), "Fehldruck")
    office.work()
    assert office.acts(document) == []


def test_another_tenant_sees_nothing_of_a_reading(office: Office) -> None:
    document = office.hand_in(pages(1))
    office.work()
    other = office.moment().new_id()
    with office.database.unit(other) as unit:
        access.create_tenant(unit, office.moment(other), "andere", "Andere")
        assert acts.newest_readings(unit, [document]) == {document: []}
        assert acts.occurrences(unit, document, 1) == []

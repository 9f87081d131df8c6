"""What cannot be read is parked with a reason; what is nobody's fault is tried again."""

from base64 import b64encode
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pikepdf
import psycopg
import pytest
from PIL import Image

from eakte.documents import acts as documents
from eakte.documents.model import CLEARING
from eakte.jobs import HandedBack
from eakte.recognition import acts
from eakte.recognition.acts import NotParked
from eakte.recognition.desk import ReadingPaused
from eakte.recognition.tables import passwords, ranges, readings, runs
from eakte.supervise.cluster import Urls
from ocr_pipeline import Pipeline, Unreadable
from tests.conftest import plain
from tests.ocr_pipeline.sheets import drawn, encoded, saved, scan
from tests.recognition.office import Office

SECRET = "Gänseblümchen-4711"
UPRIGHT = encoded(scan().rotate(90, expand=True), "PNG")
WIDE = encoded(scan(), "PNG")


def locked(password: str = SECRET) -> bytes:
    """A PDF that opens only with its password."""
    with pikepdf.open(BytesIO(drawn(["Vertraulich"]))) as pdf:
        return saved(pdf, encryption=pikepdf.Encryption(user=password, owner=password, R=6))


@pytest.mark.parametrize(
    ("engine", "seconds", "reason"),
    [("Crash", 20, "abgestürzt"), ("Hang", 5, "zu lange gedauert"), ("OutOfMemory", 20, "mehr Arbeitsspeicher")],
)
def test_a_page_that_ends_its_child_is_parked_after_three_tries_and_its_neighbour_is_read(
    office: Office, failing: Callable[..., Pipeline], caplog: pytest.LogCaptureFixture, engine: str, seconds: float,
    reason: str,
) -> None:  # fmt: skip
    office.pipeline = failing(f"tests.ocr_pipeline.engines:{engine}", seconds)
    harmless = office.hand_in(UPRIGHT)
    hostile = office.hand_in(WIDE)
    office.work()
    office.assert_parked(hostile, "Seite 1: Die Verarbeitung")
    office.assert_parked(hostile, reason)
    assert office.document(hostile).pages == 1
    assert office.acts(hostile) == ["begun", "failed"]
    assert office.document(harmless).reading_state == "done"
    assert len([each for each in caplog.messages if "a child ended" in each]) == 2
    assert office.scratch() == []


def test_a_child_that_crashed_once_parks_nothing(office: Office, failing: Callable[..., Pipeline]) -> None:
    office.pipeline = failing("tests.recognition.engines:CrashesOnce")
    document = office.hand_in(WIDE)
    office.work()
    assert office.document(document).reading_state == "done"


def test_children_killed_from_outside_fail_the_job_and_park_nothing(
    office: Office, failing: Callable[..., Pipeline]
) -> None:
    office.pipeline = failing("tests.recognition.engines:Killed")
    document = office.hand_in(WIDE)
    with pytest.raises(Unreadable) as failed:
        office.work()
    assert failed.value.passing
    assert office.document(document).reading_state == "running"


def test_one_bad_page_of_a_long_document_parks_it_once_and_ends_its_run(
    office: Office, failing: Callable[..., Pipeline]
) -> None:
    sheets = [Image.open(BytesIO(UPRIGHT))] * 8
    book = BytesIO()
    sheets[0].save(book, "TIFF", save_all=True, append_images=[*sheets[1:5], Image.open(BytesIO(WIDE)), *sheets[6:]])
    office.pipeline = failing("tests.ocr_pipeline.engines:Crash")
    document = office.hand_in(book.getvalue())
    assert office.work(times=2) == ["read", "read_range", "read_range"]
    office.assert_parked(document, "Seite 6: Die Verarbeitung ist an dieser Datei abgestürzt.")
    assert office.document(document).pages == 8
    assert office.acts(document) == ["begun", "divided", "failed"]
    assert office.rows(runs) == office.rows(ranges) == office.scratch() == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"%PDF-1.7\nnichts", "beschädigt"),
        (b"Hallo\0", "Dateien dieser Art"),
        (encoded(Image.new("1", (7000, 7000)), "PNG"), "Bildpunkte"),
        (drawn(*[["x"]] * 51), "mehr Seiten"),
        (locked(), "Kennwort"),
    ],
)
def test_what_cannot_be_opened_is_parked_with_a_reason(office: Office, data: bytes, reason: str) -> None:
    document = office.hand_in(data)
    office.work()
    office.assert_parked(document, reason)
    assert office.waiting() == ["compare", "decide", "index", "note_transfer", "reconcile"]


def test_a_closing_pipeline_hands_the_job_back(office: Office, failing: Callable[..., Pipeline]) -> None:
    office.pipeline = failing("tests.ocr_pipeline.engines:Calm")
    document = office.hand_in(WIDE)
    office.pipeline.close(kill=True)
    with pytest.raises(HandedBack):
        office.work()
    assert office.document(document).reading_state == "running"
    assert office.scratch() == []


def test_reading_pauses_while_the_disk_is_nearly_full(office: Office) -> None:
    document = office.hand_in(WIDE)
    office.settings = office.settings.model_copy(update={"free_space_min": 1 << 60})
    with pytest.raises(ReadingPaused):
        office.run("read", document)
    assert office.document(document).reading_state == "waiting"


def test_a_job_given_up_parks_its_document(office: Office) -> None:
    short, long = office.hand_in(WIDE), office.hand_in(drawn(*[["x"]] * 9))
    assert office.take("read") == ("read", short)
    office.jobs.give_up("read", office.tenant, short)
    office.run(*office.take("read"))
    office.jobs.give_up("read_range", office.tenant, office.take("read_range")[1])
    office.jobs.give_up("decide", office.tenant, short)
    for document in (short, long):
        office.assert_parked(document, "wiederholt")
        assert office.acts(document)[-1] == "failed"
    assert office.rows(runs) == office.scratch() == []


def test_a_failure_that_comes_late_changes_nothing(office: Office) -> None:
    document = office.hand_in(UPRIGHT)
    office.work()
    office.jobs.give_up("read", office.tenant, document)
    assert office.document(document).reading_state == "done"
    assert office.acts(document) == ["begun", "read"]


def test_the_right_password_opens_a_document_and_is_then_erased(office: Office) -> None:
    document = office.hand_in(locked(), SECRET)
    assert len(office.rows(passwords)) == 1
    office.work()
    assert office.document(document).reading_state == "done"
    assert "Vertraulich" in office.rendition(document, "text").decode()
    assert office.rows(passwords) == []


def test_a_wrong_password_parks_and_the_right_one_helps_later(office: Office) -> None:
    document = office.hand_in(locked(), "falsch")
    office.work()
    office.assert_parked(document, "Das angegebene Kennwort öffnet die Datei nicht.")
    assert office.rows(passwords) == []
    retry(office, document, SECRET)
    assert office.work() == ["read"]
    assert office.document(document).reading_state == "done"
    assert office.acts(document) == ["begun", "failed", "retried", "begun", "read"]


def retry(office: Office, document, password: str | None = None) -> None:
    with office.database.unit(office.tenant) as unit:
        acts.retry(unit, office.moment(), office.vault, documents.find(unit, document, lock=True), password)


def test_another_try_takes_the_document_out_of_clearing_and_only_failed_ones_get_one(office: Office) -> None:
    document = office.hand_in(b"Hallo\0")
    office.work()
    with office.database.unit(office.tenant) as unit:
        documents.to_clearing(unit, office.moment(), documents.find(unit, document), "nicht lesbar")
    assert office.document(document).place == CLEARING
    retry(office, document)
    found = office.document(document)
    assert (found.place, found.state, found.reason) == ("none", "received", None)
    with pytest.raises(NotParked):
        retry(office, document)


def test_a_password_is_nowhere_in_the_database_or_the_log(
    office: Office, database: Urls, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level("DEBUG")
    document = office.hand_in(locked("anders"), SECRET)
    everything = dump(database)
    office.work()
    retry(office, document, SECRET)
    everything += dump(database) + caplog.text
    office.work()
    everything += dump(database) + caplog.text
    for trace in (SECRET, SECRET.encode().hex(), b64encode(SECRET.encode()).decode()):
        assert trace not in everything
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()


def dump(database: Urls) -> str:
    """All rows of all tables, the queue's included, as text."""
    with psycopg.connect(plain(database.superuser)) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname IN ('public', 'procrastinate')"
        ).fetchall()
        rows = [connection.execute(f"SELECT t::text FROM {table} t").fetchall() for (table,) in tables]
    return "\n".join(text for found in rows for (text,) in found)


def test_a_password_that_nobody_used_is_erased_after_a_day(office: Office) -> None:
    office.hand_in(locked(), SECRET)
    for seconds, left in ((-1, 1), (0, 0)):
        with office.database.unit(office.tenant) as unit:
            row = office.rows(passwords)[0]
            acts.forget_old_passwords(unit, row.until.fromtimestamp(row.until.timestamp() + seconds, row.until.tzinfo))
        assert len(office.rows(passwords)) == left
    assert office.rows(readings) == []

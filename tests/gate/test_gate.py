"""Nothing is made of a file before the scanner has seen it; while it cannot, the document waits and nothing is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from eakte import wiring
from eakte.doctor import inspect
from eakte.documents import acts as documents
from eakte.gate.model import QUARANTINED, SCANNED, ScannerDown
from eakte.gate.tables import malware_scans, quarantined_originals
from eakte.jobs.tables import failures
from eakte.journal.tables import details, entries
from eakte.readiness import checks, state
from eakte.recognition.acts import retry
from eakte.settings import Settings
from eakte.supervise.cluster import Urls
from tests.gate.files import infected_pdf, with_entries, with_macros
from tests.homes import discard, new_home
from tests.intake.desk import Desk, mail
from tests.ocr_pipeline.letters import docx, odt, packed
from tests.ocr_pipeline.outlook import ole
from tests.ocr_pipeline.sheets import TEXT, drawn
from tests.services import frame
from tests.services.clamd import Clamd
from tests.services.toxiproxy import Proxy


def said(desk: Desk, act: str) -> list[dict[str, object]]:
    query = select(details.c.details).join(entries, entries.c.no == details.c.entry).where(entries.c.act == act)
    with desk.database.look(desk.tenant) as unit:
        return list(unit.run(query.order_by(entries.c.no)).scalars())


def test_a_clean_file_is_read_and_its_scan_is_entered_once(guarded: Desk) -> None:
    document = guarded.receive(drawn(TEXT), "brief.pdf")
    assert guarded.work(times=2) == ["read"]
    assert guarded.document(document).reading_state == "done"
    (row,) = guarded.rows(malware_scans)
    assert (row.state, row.signature, row.received_file) == ("clean", None, guarded.document(document).received_file)
    assert row.engine.startswith("ClamAV ")
    (entry,) = said(guarded, SCANNED)
    assert (entry["state"], entry["version"]) == ("clean", 1)


def test_without_a_scanner_documents_are_read_and_nothing_claims_they_were_scanned(desk: Desk) -> None:
    desk.receive(drawn(TEXT), "brief.pdf")
    assert desk.work() == ["read"]
    assert desk.rows(malware_scans) == said(desk, SCANNED) == []


def test_an_infected_file_is_parked_with_its_signature_and_never_reaches_a_parser(guarded: Desk) -> None:
    document = guarded.receive(infected_pdf(), "brief.pdf")
    asked: list[str] = []
    parser = guarded.pipeline
    guarded.pipeline = Telling(asked)  # type: ignore[assignment]
    assert guarded.work() == ["read"]
    guarded.pipeline = parser
    assert asked == []
    guarded.assert_parked(document, "Schadsoftware gefunden (Eakte-Test-Only-Marker")
    assert guarded.scratch() == []


class Telling:
    """A pipeline that tells what it is asked for."""

    def __init__(self, asked: list[str]) -> None:
        self._asked = asked

    def __getattr__(self, name: str) -> object:
        self._asked.append(name)
        raise AssertionError(name)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("post.zip", packed({"a.pdf": drawn(TEXT), "b.pdf": infected_pdf()})),
        ("post.eml", mail(("a.pdf", infected_pdf()))),
    ],
)
def test_an_archive_or_mail_with_malware_is_not_taken_apart(guarded: Desk, name: str, data: bytes) -> None:
    document = guarded.receive(data, name)
    assert guarded.work() == ["take_apart"]
    guarded.assert_parked(document, "Schadsoftware gefunden")
    assert len(guarded.all()) == 1


def test_each_file_of_an_archive_is_scanned_for_itself_too(guarded: Desk) -> None:
    guarded.receive(packed({"a.pdf": drawn(TEXT), "b.txt": "Miete"}), "post.zip")
    assert guarded.work() == ["take_apart", "read", "read"]
    assert sorted(str(row.entry) for row in guarded.rows(malware_scans)) == ["None", "a.pdf", "b.txt"]


def test_another_try_asks_the_scanner_again(guarded: Desk) -> None:
    document = guarded.receive(infected_pdf(), "brief.pdf")
    guarded.work()
    with guarded.database.unit(guarded.tenant) as unit:
        retry(unit, guarded.moment(), guarded.vault, documents.find(unit, document, lock=True), None)
    assert guarded.work() == ["read"]
    guarded.assert_parked(document, "Schadsoftware")
    assert [(row.number, row.state) for row in guarded.rows(malware_scans)] == [(1, "infected"), (2, "infected")]


def test_while_the_scanner_is_down_a_document_waits_and_then_goes_on(desk: Desk) -> None:
    service, folder = Clamd(), new_home()
    try:
        connect = frame.start(service, folder)
    except frame.Failed as error:
        pytest.skip(f"clamd cannot run here: {error}")
    try:
        desk.settings = desk.settings.model_copy(update={"clamd": connect["CLAMD"]})
        frame.stop(service, folder, kill=True)
        document = desk.receive(drawn(TEXT), "brief.pdf")
        with pytest.raises(ScannerDown):
            desk.run("read", document)
        assert desk.document(document).reading_state == "running"
        assert desk.scratch() == desk.rows(malware_scans) == []
        frame.start(service, folder)
        desk.run("read", document)
        assert desk.document(document).reading_state == "done"
    finally:
        frame.stop(service, folder)
        discard(folder)


@pytest.fixture
def proxied(desk: Desk, clamd: dict[str, str], toxiproxy: str) -> Iterator[Proxy]:
    """A gate whose way to the scanner can be broken."""
    proxy = Proxy(toxiproxy, "clamd", clamd["CLAMD"])
    desk.settings = desk.settings.model_copy(update={"clamd": proxy.address})
    yield proxy
    proxy.close()


@pytest.mark.parametrize(("name", "task"), [("gross.pdf", "read"), ("post.eml", "take_apart")])
def test_a_file_over_which_the_scanner_fails_is_parked_at_the_fifth_try_and_holds_up_no_other(
    desk: Desk, proxied: Proxy, name: str, task: str
) -> None:
    """To us a line that ends within the file is a scanner that died of it."""
    large = drawn(TEXT) + b"\n%" + b"\0" * (1 << 20)
    proxied.fault("limit_data", "upstream", bytes=1 << 20)
    poison = desk.receive(mail(("a.pdf", large)) if task == "take_apart" else large, name)
    assert desk.take(task) == (task, poison)
    harmless = desk.receive(drawn(TEXT), "brief.pdf")
    for attempt in range(4):
        with pytest.raises(ScannerDown):
            desk.run(task, poison)
        assert desk.work() == ([] if attempt else ["read"])
    assert desk.document(harmless).reading_state == "done"
    desk.run(task, poison)
    desk.assert_parked(poison, "Der Virenscanner ist an dieser Datei wiederholt gescheitert")
    assert [row.document for row in desk.rows(malware_scans)] == [harmless]
    proxied.mend()
    with desk.database.unit(desk.tenant) as unit:
        retry(unit, desk.moment(), desk.vault, documents.find(unit, poison, lock=True), None)
    desk.work()
    assert desk.document(poison).reading_state == "done"
    assert desk.rows(failures) == []


def test_readiness_names_a_scanner_that_answers_and_scans_nothing(
    database: Urls, tmp_path: Path, proxied: Proxy
) -> None:
    proxied.fault("limit_data", "upstream", bytes=8)  # PING passes
    settings = Settings(home=tmp_path / "home", database_url=database.app, free_space_min="1MiB", clamd=proxied.address)
    house = wiring.furnish(settings, pool=1)
    try:
        assert state(checks(house)["malware scanner"]) == "malware-scan-failed"
    finally:
        house.close()


def test_a_scanner_that_scans_nothing_at_all_is_no_files_fault(desk: Desk, proxied: Proxy) -> None:
    proxied.fault("limit_data", "upstream", bytes=0)
    document = desk.receive(drawn(TEXT), "brief.pdf")
    assert desk.take("read") == ("read", document)
    for _ in range(8):
        with pytest.raises(ScannerDown):
            desk.run("read", document)
    proxied.mend()
    desk.run("read", document)
    assert desk.document(document).reading_state == "done"
    assert desk.rows(failures) == []


def test_a_file_too_large_for_the_scanner_is_read_and_says_so(guarded: Desk) -> None:
    document = guarded.receive(drawn(TEXT) + b"\n%" + b"\0" * (101 << 20), "gross.pdf")
    assert guarded.work() == ["read"]
    (row,) = guarded.rows(malware_scans)
    assert (row.state, row.document) == ("not-scanned", document)
    assert "StreamMaxLength" in row.reason


def test_doctor_and_readiness_name_a_scanner_that_does_not_answer(
    database: Urls, tmp_path: Path, clamd: dict[str, str]
) -> None:
    for address, code in ((clamd["CLAMD"], "ok"), ("127.0.0.1:1", "malware-scanner-down")):
        settings = Settings(home=tmp_path, database_url=database.app, free_space_min="1MiB", clamd=address)
        house = wiring.furnish(settings, pool=1)
        try:
            assert state(checks(house)["malware scanner"]) == code
            remedy = dict(inspect(house))["malware scanner"]
        finally:
            house.close()
        assert (remedy is None) is (code == "ok")


MACROS = {
    "VBA of a letter": with_macros(),
    "VBA wherever it lies": with_entries(docx(), {"word/other/VBAPROJECT.BIN": "x"}),
    "Basic of OpenDocument": odt(macro="Sub Main\nEnd Sub"),
}


@pytest.mark.parametrize("kind", MACROS)
def test_an_office_file_with_macros_is_read_and_its_original_set_apart(desk: Desk, kind: str) -> None:
    document = desk.receive(MACROS[kind], "brief.docx")
    assert desk.work(times=2) == ["read"]
    assert desk.document(document).reading_state == "done"
    assert b"VB_Name" not in desk.rendition(document, "archival")
    assert [(row.document, row.cause) for row in desk.rows(quarantined_originals)] == [(document, "macros")]
    assert said(desk, QUARANTINED) == [{"version": 1, "cause": "macros"}]


def test_macros_are_told_even_where_the_file_cannot_be_read(desk: Desk) -> None:
    document = desk.receive(ole({"WordDocument": b"x" * 5000, "Macros": {"VBA": {"dir": b"x"}}}), "alt.doc")
    desk.work()
    assert desk.document(document).reading_state == "failed"
    assert [row.document for row in desk.rows(quarantined_originals)] == [document]


def test_office_files_without_macros_and_archives_are_not_set_apart(desk: Desk) -> None:
    for name, data in (("a.docx", docx()), ("b.odt", odt()), ("c.zip", packed({"vbaProject.bin": "x", "t.txt": "x"}))):
        desk.receive(data, name)
    desk.work()
    assert desk.rows(quarantined_originals) == []

"""Text and letters become pages, and nothing in them is run, fetched or taken from this machine."""

import multiprocessing
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pikepdf
import pytest

from ocr_pipeline import Limits, Pipeline, Unreadable
from ocr_pipeline.offline import go_offline
from ocr_pipeline.take_office import PROGRAM
from tests.ocr_pipeline import letters
from tests.ocr_pipeline.sheets import encoded, scan
from tests.ocr_pipeline.test_nasty import whole_way

OFFICE = {"docx": letters.docx, "odt": letters.odt, "rtf": letters.rtf}
UMLAUTS = "Grüße an Frau Öztürk, Žofia und Фёдор: 5 € für „Miete“"
WEB_PAGE = """<html><head><title>x</title><style>p{color:red}</style><script>geheim()</script></head><body>
<h1>Mahnung</h1><p>Betrag&nbsp;5 &euro;<br>sofort</p><ul><li>eins</ul><img src="http://127.0.0.1:1/x" alt="Logo">
<iframe>weg</iframe></body></html>"""


@pytest.mark.parametrize("kind", OFFICE)
def test_a_letter_is_read_as_text_and_archived(kind: str, pipeline: Pipeline, tmp_path: Path) -> None:
    readings, joined, _ = whole_way(pipeline, OFFICE[kind](), tmp_path)
    assert (readings[0].source, joined.conformance) == ("text", "PDF/A-2b")
    assert readings[0].text.strip() == letters.TEXT


@pytest.mark.parametrize("make", [letters.xlsx, letters.ods])
def test_a_table_is_printed(make: Callable[[], bytes], pipeline: Pipeline, tmp_path: Path) -> None:
    readings, joined, _ = whole_way(pipeline, make(), tmp_path)
    assert "Heizkosten" in readings[0].text
    assert joined.conformance == "PDF/A-2b"


@pytest.mark.parametrize(("make", "old", "said"), [(letters.odt, "doc", "Miete"), (letters.ods, "xls", "Heizkosten")])
def test_old_letters_and_tables_are_read_too(
    make: Callable[[], bytes], old: str, said: str, pipeline: Pipeline, tmp_path: Path
) -> None:
    readings, joined, _ = whole_way(pipeline, in_old_format(make(), old, tmp_path), tmp_path)
    assert said in readings[0].text
    assert joined.conformance == "PDF/A-2b"


def in_old_format(data: bytes, ending: str, folder: Path) -> bytes:
    """As Word and Excel saved it until 2003; the office program writes these formats too."""
    source, script = folder / "neu", PROGRAM.with_name("soffice")
    source.write_bytes(data)
    command = [script, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", ending]
    subprocess.run([*command, "--outdir", folder, source], check=True, capture_output=True, timeout=60)
    return (folder / f"neu.{ending}").read_bytes()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_plain_text_keeps_every_letter(encoding: str, pipeline: Pipeline, tmp_path: Path) -> None:
    readings, joined, _ = whole_way(pipeline, f"{UMLAUTS}\r\n\r\nEnde".encode(encoding), tmp_path)
    assert readings[0].text.split() == [*UMLAUTS.split(), "Ende"]
    assert (readings[0].source, joined.conformance) == ("text", "PDF/A-2b")


def test_long_lines_break_and_long_texts_go_on_on_the_next_page(pipeline: Pipeline, tmp_path: Path) -> None:
    text = " ".join(f"Wort{number}" for number in range(2000)) + "\n" + "x" * 500 + "\fEnde"
    readings, _, _ = whole_way(pipeline, text.encode(), tmp_path)
    found = " ".join(reading.text for reading in readings).split()
    assert [word for word in found if word.startswith("Wort")] == [f"Wort{number}" for number in range(2000)]
    assert sum(word.count("x") for word in found) == 500
    assert readings[-1].text.strip() == "Ende"


def test_what_the_font_lacks_is_shown_as_a_box(pipeline: Pipeline, tmp_path: Path) -> None:
    assert whole_way(pipeline, "Hallo 🦄 Welt\u202e!".encode(), tmp_path)[0][0].text.strip() == "Hallo ▯ Welt!"


def test_a_web_page_is_its_words(pipeline: Pipeline, tmp_path: Path) -> None:
    words = whole_way(pipeline, WEB_PAGE.encode(), tmp_path)[0][0].text.split()
    assert words == ["Mahnung", "Betrag", "5", "€", "sofort", "•", "eins", "[Logo]"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (letters.CII, ["RE-2026-17", "02.03.2026", "05558-12345-99", "Spedition Möller GmbH", "595.00", "Umzug"]),
        (letters.UBL, ["471102", "01.03.2026", "119.00"]),
        ("<?xml version='1.0'?><a><b>Fachdaten</b></a>", ["Fachdaten"]),
        ("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", ["&b;"]),
        ("<?xml version='1.0'?><kaputt", ["kaputt"]),
    ],
)
def test_xml_is_shown_in_words_and_fetches_no_entity(
    data: str, said: list[str], pipeline: Pipeline, tmp_path: Path
) -> None:
    text = whole_way(pipeline, data.encode(), tmp_path)[0][0].text
    assert [each for each in said if each not in text] == []
    assert "root:" not in text


@contextmanager
def listening() -> Iterator[tuple[str, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield f"http://127.0.0.1:{server.getsockname()[1]}/bild.png", server


def assert_nobody_came(server: socket.socket) -> None:
    with pytest.raises(TimeoutError):
        server.accept()


def test_no_picture_sheet_or_text_is_fetched_from_the_network(pipeline: Pipeline, tmp_path: Path) -> None:
    with listening() as (address, server):
        for data in (
            letters.docx(picture=address),
            letters.odt(linked=address, picture=address),
            letters.ods(f"of:=WEBSERVICE(&quot;{address}&quot;)"),
            f"<html><body>Hallo<img src='{address}'><link rel=stylesheet href='{address}'></body></html>".encode(),
        ):
            assert whole_way(pipeline, data, tmp_path)[0][0].text.strip()
        assert_nobody_came(server)


def test_no_file_of_this_machine_is_drawn_into_a_letter(pipeline: Pipeline, tmp_path: Path) -> None:
    secret = tmp_path / "geheim.txt"
    secret.write_text("Hauptschlüssel")
    for data in (letters.odt(linked=f"file://{secret}"), letters.ods(f"of:=WEBSERVICE(&quot;file://{secret}&quot;)")):
        assert "Hauptschl" not in whole_way(pipeline, data, tmp_path)[0][0].text


def test_no_picture_of_this_machine_is_drawn_into_a_letter(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "geheim.png").write_bytes(encoded(scan(), "PNG"))
    (tmp_path / "x").write_bytes(letters.odt(picture=f"file://{tmp_path}/geheim.png"))
    pipeline.prepare(tmp_path / "x", tmp_path / "y")
    with pikepdf.open(tmp_path / "y") as pdf:
        assert not [each for each in pdf.objects if isinstance(each, pikepdf.Stream) and each.get("/Width", 0) > 100]


def test_macros_do_not_run(pipeline: Pipeline, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    macro = f'Open "{trace}" For Output As #1\nPrint #1, "x"\nClose #1'
    assert whole_way(pipeline, letters.odt(macro=macro), tmp_path)[0][0].text.strip() == letters.TEXT
    assert not trace.exists()


def test_a_program_that_takes_too_long_is_killed_with_all_it_started(tmp_path: Path) -> None:
    with Pipeline(1, Limits(seconds=0.7, memory=1 << 30), scratch=tmp_path) as hurried:
        (tmp_path / "x").write_bytes(letters.docx())
        with pytest.raises(Unreadable) as refused:
            hurried.prepare(tmp_path / "x", tmp_path / "y")
    assert refused.value.code == "hung"
    until = time.monotonic() + 5
    while left := running_in(tmp_path):
        assert time.monotonic() < until, left
    assert not list(tmp_path.glob("ocr-*"))


def running_in(folder: Path) -> list[str]:
    """Command lines of processes that name the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line and "soffice" in line:
            found.append(line)
    return found


@pytest.mark.parametrize("data", [letters.docx()[:-200], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)])
def test_half_a_letter_is_damaged(data: bytes, pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(Unreadable) as refused:
        pipeline.prepare(tmp_path / "x", tmp_path / "y")
    assert refused.value.code in {"damaged", "unsupported"}


def test_text_without_end_is_refused_by_its_pages(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"Zeile\n" * 100_000)
    with pytest.raises(Unreadable) as refused:
        pipeline.prepare(tmp_path / "x", tmp_path / "y")
    assert refused.value.code == "too-many-pages"


def test_the_kernel_keeps_a_child_from_the_network() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(refused_sockets) == [True, True, False]


def refused_sockets() -> list[bool]:
    """Whether IPv4, IPv6 and local sockets are refused to a process that went offline."""
    assert go_offline()
    found = []
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
        try:
            socket.socket(family).close()
            found.append(False)
        except PermissionError:
            found.append(True)
    return found

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ocr_pipeline.sheets import TEXT, drawn, encoded, scan, scanned

COMMAND = [sys.executable, "-m", "ocr_pipeline"]


def command(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, cwd=cwd)


def test_each_input_becomes_a_reading_and_an_archival_pdf(tmp_path: Path) -> None:
    (tmp_path / "brief.pdf").write_bytes(scanned(scan(), scan(TEXT[1:])))
    (tmp_path / "foto.jpg").write_bytes(encoded(scan()))
    (tmp_path / "bescheid.pdf").write_bytes(drawn(TEXT))
    out = tmp_path / "out"
    done = command(*sorted(tmp_path.glob("*.*")), "-o", out, "--jobs", 2)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "Seite 2 von 2" in done.stderr
    stems = ["bescheid", "brief", "foto"]
    assert sorted(path.name for path in out.iterdir()) == sorted(f"{s}.{e}" for s in stems for e in ("json", "pdf"))
    reading = json.loads((out / "brief.json").read_text())
    assert (reading["format"], reading["version"], reading["engine"]["name"]) == ("eakte-reading", 1, "tesserocr")
    assert [page["number"] for page in reading["pages"]] == [1, 2]
    for stem in stems:
        assert b"%PDF-" in (out / f"{stem}.pdf").read_bytes()[:16]
        assert done.stderr.count("PDF/A-2b") == 3


def test_what_is_refused_is_named_with_its_reason_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "gut.pdf").write_bytes(drawn(TEXT))
    (tmp_path / "leer.pdf").write_bytes(b"")
    out = tmp_path / "out"
    done = command(tmp_path / "gut.pdf", tmp_path / "leer.pdf", tmp_path / "fehlt.pdf", "-o", out)
    assert done.returncode == 1
    assert re.search(r"leer\.pdf: .*leer.*\[empty\]", done.stderr)
    assert "fehlt.pdf" in done.stderr
    assert sorted(path.name for path in out.iterdir()) == ["gut.json", "gut.pdf"]


def test_equal_stems_are_refused(tmp_path: Path) -> None:
    (tmp_path / "brief.pdf").write_bytes(drawn(TEXT))
    (tmp_path / "brief.png").write_bytes(encoded(scan(), "PNG"))
    out = tmp_path / "out"
    done = command(tmp_path / "brief.pdf", tmp_path / "brief.png", "-o", out)
    assert done.returncode == 1
    assert done.stderr.count("equal-stems") == 2
    assert list(out.iterdir()) == []


def test_an_input_is_never_replaced(tmp_path: Path) -> None:
    data = drawn(TEXT)
    (tmp_path / "brief.pdf").write_bytes(data)
    assert command("brief.pdf", "-o", ".", cwd=tmp_path).returncode == 1
    assert (tmp_path / "brief.pdf").read_bytes() == data


def test_the_second_engine_can_be_chosen(tmp_path: Path) -> None:
    (tmp_path / "brief.pdf").write_bytes(scanned(scan()))
    done = command(tmp_path / "brief.pdf", "-o", tmp_path / "out", "--engine", "pytesseract")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out" / "brief.json").read_text())["engine"]["name"] == "pytesseract"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_it_at_once_and_leaves_nothing_half_done(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "lang.pdf").write_bytes(scanned(*[scan(dpi=300)] * 60))
    out = tmp_path / "out"
    running = subprocess.Popen(
        # what a shell starts in the background does not hear SIGINT, nor does what that starts
        ["env", "--default-signal=INT", *COMMAND, tmp_path / "lang.pdf", "-o", out, "--jobs", "1"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr
    assert "Seite 1 von 60" in running.stderr.readline()
    running.send_signal(number)
    assert running.wait(timeout=10) == 130
    running.stderr.close()
    assert list(out.iterdir()) == []


def test_help_says_what_comes_out(tmp_path: Path) -> None:
    text = command("--help").stdout
    for word in ("FILE", "-o", "--jobs", "--engine", "PDF/A", "eakte-reading", "Exit status"):
        assert word in text


def test_relative_paths_mean_the_folder_one_stands_in(tmp_path: Path) -> None:
    (tmp_path / "bescheid.pdf").write_bytes(drawn(TEXT))
    done = command("bescheid.pdf", "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["bescheid.json", "bescheid.pdf"]

"""Files with the scanner's test marker, or with macros, inside."""

import io
import zipfile

import pikepdf

from tests.ocr_pipeline.letters import docx, packed
from tests.ocr_pipeline.sheets import TEXT, drawn
from tests.services.clamd import MARKER


def infected_pdf() -> bytes:
    """The marker in a deflated stream, where no search over the bytes finds it."""
    with pikepdf.open(io.BytesIO(drawn(TEXT))) as pdf:
        pdf.Root.PieceInfo = pdf.make_indirect(pikepdf.Stream(pdf, b"x" * 500 + MARKER + b"x" * 500))
        out = io.BytesIO()
        pdf.save(out, compress_streams=True, recompress_flate=True)
    assert MARKER not in out.getvalue()
    return out.getvalue()


def with_macros() -> bytes:
    """A letter with a VBA project beside its text."""
    return with_entries(docx(), {"word/vbaProject.bin": "Attribute VB_Name"})


def with_entries(letter: bytes, more: dict[str, str]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(letter)) as archive:
        found: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    return packed({**found, **more})

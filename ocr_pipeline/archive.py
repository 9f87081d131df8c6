"""Makes the archival copy: the page images as received, upright and level, with the words underneath, as PDF/A-2b."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ocrmypdf
import pikepdf
import pypdfium2
from ocrmypdf.api import get_plugin_manager
from ocrmypdf.exceptions import ExitCodeException
from pikepdf.sanitize import Sanitizer

from ocr_pipeline import fonts
from ocr_pipeline.errors import Unreadable
from ocr_pipeline.jbig2 import symbol_images, without_symbols
from ocr_pipeline.reading import PageReading
from ocr_pipeline.refusals import LEVEL, reason_against, refusal
from ocr_pipeline.replay import Hooks, Replay
from ocr_pipeline.signed import is_signed
from ocr_pipeline.workplace import Workplace

FLAVOUR = "2b"
OURS = (MemoryError, OSError, Unreadable)  # not the document's: they end the join
SANITIZER = (
    Sanitizer()
    .remove_javascript()
    .remove_external_access()
    .remove_attachments()
    .remove_multimedia()
    .remove_private_app_data()
    .remove_web_capture()
    .remove_collection()
)

logging.getLogger("ocrmypdf").setLevel(logging.CRITICAL)


def join(place: Workplace, source: str, target: str, pages: list[dict[str, Any]]) -> dict[str, str | None]:
    """Write `target` from the prepared PDF and its readings; says the conformance, or code and reason against it."""
    place.close()
    readings = {page["number"]: PageReading.from_json(page) for page in pages}
    with pikepdf.open(source) as pdf:
        if is_signed(pdf):
            shutil.copyfile(source, target)
            return refusal("signed")
        if set(readings) != set(range(1, len(pdf.pages) + 1)):
            raise Unreadable("no-page", f"{len(readings)} readings for {len(pdf.pages)} pages")
    engine = place.engine
    with tempfile.TemporaryDirectory() as folder:
        return Archive(Path(source), readings, f"{engine.name} {engine.version}", Path(folder)).write(Path(target))


class Archive:
    """One document's archival copy in the making, in a folder of its own."""

    def __init__(self, source: Path, readings: Mapping[int, PageReading], creator: str, folder: Path) -> None:
        self._source, self._readings, self._creator, self._folder = source, readings, creator, folder

    def write(self, target: Path) -> dict[str, str | None]:
        """PDF/A if it harms nothing, else a plain PDF with the words, at least the cleaned pages."""
        digital = [number for number, page in self._readings.items() if page.source == "text"]
        before = _texts(self._source, digital)
        for with_fonts in (True, False):
            draft, embedded = self._draft(with_fonts=with_fonts)
            made = self._graft(draft, as_pdfa=with_fonts)
            if made is not None and _texts(made, digital) == before:
                shutil.move(made, target)
                return self._verdict(target) if with_fonts else refusal("text-changed")
            if not embedded:
                break
        self._turn(draft, target)
        return refusal("not-made")

    def _turn(self, draft: Path, target: Path) -> None:
        """What OCRmyPDF would have done: pages upright as they were read, so that boxes fit all the same."""
        with pikepdf.open(draft) as pdf:
            for number, reading in self._readings.items():
                if reading.rotation:
                    pdf.pages[number - 1].rotate(reading.rotation, relative=True)
            pdf.save(target)

    def _verdict(self, target: Path) -> dict[str, str | None]:
        with pikepdf.open(target) as pdf:
            with pdf.open_metadata() as metadata:
                claimed = metadata.pdfa_status
            if claimed.lower() == FLAVOUR:
                return {"conformance": LEVEL, "code": None, "reason": None}
            return reason_against(pdf, FLAVOUR)

    def _draft(self, *, with_fonts: bool) -> tuple[Path, int]:
        """The document as it will be archived, but for the words: nothing active, level, so many fonts embedded."""
        draft = self._folder / "draft.pdf"
        with pikepdf.open(self._source) as pdf:
            _disarm(pdf)
            for number, reading in self._readings.items():
                if reading.source == "ocr":
                    _crop(pdf.pages[number - 1])
                    _level(pdf.pages[number - 1], reading.skew)
                if reading.symbol_coded:
                    for image in symbol_images(pdf.pages[number - 1]):
                        without_symbols(image)
            embedded = fonts.embed(pdf) if with_fonts else 0
            pdf.save(draft)
        return draft, embedded

    def _graft(self, draft: Path, *, as_pdfa: bool) -> Path | None:
        """One pass of OCRmyPDF; None where it gives up or leaves words out."""
        engine = Replay(self._readings, self._creator)
        manager = get_plugin_manager([])
        manager.pluggy_manager.register(Hooks(engine))
        made = self._folder / "made.pdf"
        read = [number for number, page in self._readings.items() if page.source == "ocr"]
        try:
            code = ocrmypdf.ocr(
                draft,
                made,
                plugin_manager=manager,
                language=["deu"],
                jobs=1,
                use_threads=True,
                mode="redo" if _texts_any(draft, read) else "skip",
                pages=",".join(map(str, read)) or None,
                output_type="auto" if as_pdfa else "pdf",
                pdfa_backend="internal",
                optimize=0,
                rotate_pages=True,
                rotate_pages_threshold=2,
                progress_bar=False,
            )
        except OURS:
            raise
        except (ExitCodeException, pikepdf.PdfError, ValueError, KeyError, TypeError, RecursionError):
            return None
        missing = {number for number in read if self._readings[number].words} - engine.taken
        return made if code == 0 and made.exists() and not missing else None


def _disarm(pdf: pikepdf.Pdf) -> None:
    """Take out what acts by itself or reaches elsewhere, and what PDF/A's check does not know."""
    SANITIZER.apply(pdf)
    for key in ("/OpenAction", "/AA"):
        if key in pdf.Root:
            del pdf.Root[key]
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary) and ("/XFA" in form or not len(form.get("/Fields", []))):
        del pdf.Root.AcroForm
    for page in pdf.pages:
        for key in ("/Trans", "/AA", "/Thumb"):
            if key in page.obj:
                del page.obj[key]


def _crop(page: pikepdf.Page) -> None:
    """What viewers show becomes the whole page: words were read on it, and are laid over the media box."""
    box = page.cropbox
    if box != page.mediabox:
        page.mediabox = box
        del page.obj["/CropBox"]


def _level(page: pikepdf.Page, degrees: float) -> None:
    """Turn the content about the page's centre anticlockwise, as seen; the image's bytes stay as they are."""
    if not degrees:
        return
    left, bottom, right, top = (float(edge) for edge in page.mediabox)
    across, up = (left + right) / 2, (bottom + top) / 2
    turn = pikepdf.Matrix().translated(across, up).rotated(degrees).translated(-across, -up)  # the last acts first
    page.contents_add(b"q " + turn.encode() + b" cm", prepend=True)
    page.contents_add(b"Q")


def _texts(path: Path, numbers: list[int]) -> list[str]:
    if not numbers:
        return []
    with pypdfium2.PdfDocument(path) as shown:
        return [shown[number - 1].get_textpage().get_text_range() for number in numbers]


def _texts_any(path: Path, numbers: list[int]) -> bool:
    return any(text.strip() for text in _texts(path, numbers))

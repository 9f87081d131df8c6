"""What a child keeps between requests: its limits, the loaded engine, the file that is open."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pikepdf
import pypdfium2

from ocr_pipeline.engine import Engine, load
from ocr_pipeline.errors import Unreadable
from ocr_pipeline.run import Limits
from ocr_pipeline.signed import is_signed


@dataclass(frozen=True)
class Opened:
    """One PDF open in both libraries: pikepdf for its structure, pdfium for what viewers show."""

    key: tuple[str, int, int, int]
    pdf: pikepdf.Pdf
    shown: pypdfium2.PdfDocument
    signed: bool


class Workplace:
    """One child's tools; the engine is loaded at its first use. `offline`: the kernel keeps it from the network."""

    def __init__(self, limits: Limits, engine: str, *, offline: bool = False) -> None:
        self.limits, self.offline = limits, offline
        self._engine_name = engine
        self._opened: Opened | None = None

    @cached_property
    def engine(self) -> Engine:
        """What recognises, its models loaded once in the life of the child."""
        return load(self._engine_name)

    def open(self, path: str, number: int) -> Opened:
        """The PDF that has page `number` (from 1); stays open for the next page of the same file."""
        stat = Path(path).stat()
        key = (path, stat.st_ino, stat.st_size, stat.st_mtime_ns)
        if self._opened is None or self._opened.key != key:
            self.close()
            pdf = pikepdf.open(path)
            self._opened = Opened(key, pdf, pypdfium2.PdfDocument(path), is_signed(pdf))
        if not 1 <= number <= min(len(self._opened.pdf.pages), len(self._opened.shown)):
            raise Unreadable("no-page", f"{number} of {len(self._opened.pdf.pages)}", number)
        return self._opened

    def close(self) -> None:
        """Let go of the open file, which may be large."""
        if self._opened is not None:
            self._opened.shown.close()
            self._opened.pdf.close()
            self._opened = None

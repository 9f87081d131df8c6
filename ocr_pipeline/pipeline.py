"""The door of this package: foreign bytes in, reading and archival PDF out; every file is parsed in a child."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ocr_pipeline.errors import Unreadable
from ocr_pipeline.reading import PageReading
from ocr_pipeline.run import Children, Limits

PDF_HEAD = 1024  # bytes within which "%PDF-" begins; readers accept junk before it
PICTURES = {
    b"II*\0": "image/tiff",
    b"MM\0*": "image/tiff",
    b"II+\0": "image/tiff",
    b"MM\0+": "image/tiff",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}
JOIN_SECONDS_PER_PAGE = 0.5  # 30 to 70 ms were measured
SECONDS_PER_BYTE = 1 / (4 << 20)
STATEMENT_SECONDS_PER_ROW = 0.02  # 2 ms were measured


@dataclass(frozen=True)
class Prepared:
    """A document as it came: number of pages, media type by content, whether it is signed."""

    pages: int
    media_type: str
    signed: bool


@dataclass(frozen=True)
class Joined:
    """`conformance` is "PDF/A-2b" or None; then `code` (stable) and `reason` (German) say why."""

    conformance: str | None
    code: str | None = None
    reason: str | None = None


class Pipeline:
    """A document in four acts, for any number of threads at once; what may go wrong: `ocr_pipeline.errors`.

    `children` processes of about 250 MB are kept; `engine` as in `ocr_pipeline.engine.load`; `scratch` is a folder
    for temporary files, which is empty after `close` (what a kill -9 left there may be deleted at the next start).
    """

    def __init__(
        self, children: int, limits: Limits | None = None, engine: str = "tesserocr", scratch: Path | None = None
    ) -> None:
        self.limits = limits or Limits()
        self._children = Children(children, self.limits, engine, scratch)

    def engine(self) -> dict[str, str]:
        """Name, version and languages of the engine, as a reading says them."""
        return dict(self._children.ask("about"))

    def prepare(self, source: Path, target: Path, password: str | None = None) -> Prepared:
        """Write `target`, the PDF that the other acts take, from a PDF, TIFF, JPEG or PNG (by content, not name)."""
        media_type = sniff(source)
        seconds = self.limits.seconds + source.stat().st_size * SECONDS_PER_BYTE
        if media_type == "application/pdf":
            found = self._children.ask("prepare-pdf", _place(source), _place(target), password, seconds=seconds)
        else:
            found = self._children.ask("prepare-picture", _place(source), _place(target), media_type, seconds=seconds)
        return Prepared(**found)

    def read(self, pdf: Path, numbers: Sequence[int]) -> list[PageReading]:
        """Readings of these pages (from 1) in their order; the first page that fails is named by `Unreadable.page`."""
        return [self._read(pdf, number) for number in numbers]

    def join(self, pdf: Path, readings: Sequence[PageReading], target: Path) -> Joined:
        """Write the archival PDF with the words of all pages' readings; it is written in any case, if not as PDF/A."""
        pages = [reading.to_json() for reading in readings]
        seconds = self.limits.seconds + len(pages) * JOIN_SECONDS_PER_PAGE
        return Joined(**self._children.ask("join", _place(pdf), _place(target), pages, seconds=seconds))

    def image(self, pdf: Path, number: int, width: int) -> tuple[bytes, str]:
        """Picture of a page (from 1) and its media type; `width` in pixels is brought within 32 and 2,500."""
        found = self._children.ask("image", _place(pdf), number, width)
        return base64.b64decode(found["data"]), found["media_type"]

    def statement(self, content: Mapping[str, Any], target: Path) -> Joined:
        """Draw texts of our own as a PDF/A: `{title, facts: [[label, value]], tables: [table], foot}`.

        A table is `{title, columns, widths, rows}`, widths being shares of the line and rows lists of texts.
        """
        rows = sum(len(table["rows"]) for table in content["tables"])
        seconds = self.limits.seconds + rows * STATEMENT_SECONDS_PER_ROW
        return Joined(**self._children.ask("statement", content, _place(target), seconds=seconds))

    def close(self, *, kill: bool = False) -> None:
        """End the children: after their present work, or with `kill` at once; who waits gets `Stopped`."""
        self._children.close(kill=kill)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        self.close(kill=kind is not None)

    def _read(self, pdf: Path, number: int) -> PageReading:
        try:
            return PageReading.from_json(self._children.ask("read", _place(pdf), number))
        except Unreadable as error:
            raise Unreadable(error.code, error.detail, number) from error
        except (KeyError, TypeError, ValueError) as error:
            raise Unreadable("garbage", f"no reading: {error}"[:200], number) from error


def _place(path: Path) -> str:
    """For a child, which stands in another folder."""
    return str(path.absolute())


def sniff(source: Path) -> str:
    """Media type by the first bytes; raises `Unreadable` `empty` or `unsupported`."""
    with source.open("rb") as file:
        head = file.read(PDF_HEAD)
    if not head:
        raise Unreadable("empty")
    for magic, media_type in PICTURES.items():
        if head.startswith(magic):
            return media_type
    if b"%PDF-" in head:
        return "application/pdf"
    raise Unreadable("unsupported", head[:16].hex())

"""The door of this package: foreign bytes in, reading and archival PDF out; every file is parsed in a child."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ocr_pipeline import kinds
from ocr_pipeline.errors import Unreadable
from ocr_pipeline.reading import PageReading
from ocr_pipeline.run import Children, Limits

JOIN_SECONDS_PER_PAGE = 0.5  # 30 to 70 ms were measured
SECONDS_PER_BYTE = 1 / (4 << 20)
STATEMENT_SECONDS_PER_ROW = 0.02  # 2 ms were measured
ACTS = {
    **dict.fromkeys(kinds.PICTURES, "prepare-picture"),
    **dict.fromkeys(kinds.OFFICE, "prepare-office"),
    **dict.fromkeys(kinds.TEXTS, "prepare-text"),
    **dict.fromkeys(kinds.MAILS, "prepare-mail"),
}
"""What a child is asked to do with each kind but PDF."""


@dataclass(frozen=True)
class Prepared:
    """A document as it came: number of pages, media type by content, whether it is signed, how many files it holds.

    `redrawn`: its pages are pictures that no PDF holds as they are, so they are drawn in 8 bits, or as JPEG.
    """

    pages: int
    media_type: str
    signed: bool
    files: int = 0
    redrawn: bool = False


@dataclass(frozen=True)
class Joined:
    """`conformance` is "PDF/A-2b" or None; then `code` (stable) and `reason` (German) say why."""

    conformance: str | None
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Piece:
    """A file that was in another one: where it lies now, its path in the container, its name, its media type."""

    path: Path
    entry: str
    title: str
    media_type: str


@dataclass(frozen=True)
class Apart:
    """A container's media type, a mail's subject, what was in it, and what was left out, each with a word why."""

    media_type: str
    subject: str
    pieces: tuple[Piece, ...]
    left_out: tuple[tuple[str, str], ...]


class Pipeline:
    """A document in five acts, for any number of threads at once; what may go wrong: `ocr_pipeline.errors`.

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
        """Write `target`, the PDF that the other acts take, from whatever is known (by content, not name)."""
        media_type = self.kind(source)
        seconds = self.limits.seconds + source.stat().st_size * SECONDS_PER_BYTE
        if media_type == kinds.PDF:
            found = self._children.ask("prepare-pdf", _place(source), _place(target), password, seconds=seconds)
        elif media_type in ACTS:
            found = self._children.ask(ACTS[media_type], _place(source), _place(target), media_type, seconds=seconds)
        else:
            raise Unreadable("container" if media_type == kinds.ZIP else "unsupported", media_type)
        return Prepared(**found)

    def kind(self, source: Path) -> str:
        """Media type by content; kinds that begin alike are told apart in a child. Raises `Unreadable`."""
        found = sniff(source)
        return str(self._children.ask("kind", _place(source))) if found in kinds.TOLD_INSIDE else found

    def has_macros(self, source: Path) -> bool:
        """Whether an office file holds code of its own; only into what may be one a child looks. Or `Unreadable`."""
        return sniff(source) in kinds.TOLD_INSIDE and bool(self._children.ask("macros", _place(source)))

    def take_apart(self, source: Path, folder: Path, password: str | None = None) -> Apart:
        """Write each file that this one holds into the empty `folder`, within limits; it may hold none."""
        seconds = self.limits.seconds + source.stat().st_size * SECONDS_PER_BYTE
        said = self._children.ask("take-apart", _place(source), _place(folder), password, seconds=seconds)
        try:
            parts = zip(said["parts"], said["media_types"], strict=True)
            found = tuple(Piece(folder / each["file"], each["entry"], each["title"], kind) for each, kind in parts)
            left_out = tuple((str(name), str(why)) for name, why in said["left_out"])
            return Apart(str(said["media_type"]), str(said["subject"]), found, left_out)
        except (KeyError, TypeError, ValueError) as error:
            raise Unreadable("garbage", f"no parts: {error}"[:200]) from error

    def read(self, pdf: Path, numbers: Sequence[int]) -> list[PageReading]:
        """Readings of these pages (from 1) in their order; the first page that fails is named by `Unreadable.page`."""
        return [self._read(pdf, number) for number in numbers]

    def join(self, pdf: Path, readings: Sequence[PageReading], target: Path) -> Joined:
        """Write the archival PDF with the words of all pages' readings; it is written in any case, if not as PDF/A."""
        pages = [reading.to_json() for reading in readings]
        seconds = self.limits.seconds + len(pages) * JOIN_SECONDS_PER_PAGE
        return Joined(**self._children.ask("join", _place(pdf), _place(target), pages, seconds=seconds))

    def extract(self, pdf: Path, first: int, last: int, target: Path) -> bool:
        """Write pages (from 1) of a prepared PDF as they are; False, and nothing written, for a signed one."""
        seconds = self.limits.seconds + pdf.stat().st_size * SECONDS_PER_BYTE
        return bool(self._children.ask("extract", _place(pdf), _place(target), first, last, seconds=seconds))

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
        head = file.read(kinds.BEGINNING)
    if not head:
        raise Unreadable("empty")
    found = kinds.by_beginning(head)
    if found == kinds.UNKNOWN:
        raise Unreadable("unsupported", head[:16].hex())
    return found

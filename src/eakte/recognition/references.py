"""Finds case references in a reading, and everything that might be one read badly. Pure; decides nothing.

What is found exactly as configured is sure of its characters. What becomes a reference only after a repair (`I` for
`1`, one slash for two, a split inside a number), what is nearly a reference found elsewhere, and what has the shape of
one but a character too few or too many *reads differently*: it may be the same number, another, or none.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

DEFAULT_PATTERN = r"(?<!\d)\d{5}//\d{7}(?!\d)"
"""The BG-Nummer, NNNNN//NNNNNNN."""

_MISREAD = str.maketrans("IilL|!OoQDSsZzBG", "1111110000552286")
_SEPARATED = re.compile(r"[ \n]*([^\w\s]+)[ \n]*")
_PIECE = re.compile(r"[\w/\\|\[\]-]+")
_STROKES = r"/\\|\[\]"


class Word(Protocol):
    """A recognised word, or one of a born-digital text."""

    @property
    def text(self) -> str:
        """Without blanks."""
        ...

    @property
    def confidence(self) -> float | None:
        """0 to 1; None where there was nothing to guess."""
        ...

    @property
    def line(self) -> int:
        """Number of its line on the page; only equality counts."""
        ...


class Page(Protocol):
    """A page of a reading."""

    @property
    def number(self) -> int:
        """Counted from 1."""
        ...

    @property
    def words(self) -> Sequence[Word]:
        """In reading order, line by line."""
        ...


@dataclass(frozen=True)
class Occurrence:
    """One place where a reference stands, as read and as it should be written; the confidence is its worst word's."""

    as_read: str
    reference: str
    confidence: float
    page: int
    reads_differently: bool


@dataclass(frozen=True)
class _Found:
    """A stretch of a page's text, end excluded, and the reference it is taken for."""

    start: int
    end: int
    reference: str
    differs: bool


def find_references(
    pages: Iterable[Page], pattern: str = DEFAULT_PATTERN, coded: Iterable[str] = ()
) -> list[Occurrence]:
    """All occurrences in reading order, sure and doubtful; the pattern matches a reference as it should be written.

    `coded` are references that the document's barcodes name: what is nearly one of them is doubtful too.
    """
    wanted = re.compile(pattern)
    texts = [(page, _Text(page.words)) for page in pages]
    found = [_written_or_mended(text.text, wanted) for _, text in texts]
    known = {hit.reference for hits in found for hit in hits} | set(coded)
    for hits, (_, text) in zip(found, texts, strict=True):
        hits += _nearly(text.text, known, hits)
    return [
        text.occurrence(page.number, hit)
        for hits, (page, text) in zip(found, texts, strict=True)
        for hit in sorted(hits, key=lambda hit: hit.start)
    ]


class _Text:
    """The words of a page as one string, words parted by blanks and lines by line breaks."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._spans: list[tuple[int, int, float]] = []
        text, line = "", 0
        for word in words:
            if text:
                text += " " if word.line == line else "\n"
            line = word.line
            sure = 1.0 if word.confidence is None else word.confidence
            self._spans.append((len(text), len(text) + len(word.text), sure))
            text += word.text
        self.text = text

    def occurrence(self, page: int, hit: _Found) -> Occurrence:
        sure = [sure for start, end, sure in self._spans if start < hit.end and end > hit.start]
        as_read = self.text[hit.start : hit.end]
        return Occurrence(as_read, hit.reference, min(sure, default=0.0), page, hit.differs)


@dataclass(frozen=True)
class _View:
    """A text changed for matching; `places[i]` is where its character i stands in the original."""

    text: str
    places: Sequence[int]

    def hits(self, wanted: re.Pattern[str], *, mended: bool) -> Iterator[tuple[int, int, str, bool]]:
        for match in wanted.finditer(self.text):
            if match.end() > match.start():
                start, last = self.places[match.start()], self.places[match.end() - 1]
                yield start, last + 1, match.group(), mended


def _written_or_mended(text: str, wanted: re.Pattern[str]) -> list[_Found]:
    plain = _View(text, range(len(text)))
    joined = _joined(text)
    digits = _View(joined.text.translate(_MISREAD), joined.places)
    close = _unblanked(digits)
    found: list[_Found] = []
    for view in (plain, joined, _doubled(joined), digits, _doubled(digits), close, _doubled(close)):
        for start, end, reference, mended in view.hits(wanted, mended=view not in (plain, joined)):
            # over a line break the halves may be of two columns
            differs = mended or "\n" in text[start:end]
            if not _overlaps(start, end, found):
                found.append(_Found(start, end, reference, differs))
    return found


def _joined(text: str) -> _View:
    """Without the blanks around separators: `12345 // 1234567` as it should be written."""
    kept: list[int] = []
    at = 0
    for match in _SEPARATED.finditer(text):
        kept += range(at, match.start())
        kept += range(match.start(1), match.end(1))
        at = match.end()
    kept += range(at, len(text))
    return _View("".join(text[place] for place in kept), kept)


def _unblanked(view: _View) -> _View:
    """Without blanks between digits of one line: a number that was split."""
    text = view.text
    kept = [at for at in range(len(text)) if text[at] != " " or not (text[at - 1].isdigit() and text[at + 1].isdigit())]
    return _View("".join(text[at] for at in kept), [view.places[at] for at in kept])


def _doubled(view: _View) -> _View:
    """With two slashes for any run of strokes."""
    chars: list[str] = []
    places: list[int] = []
    for match in re.finditer(rf"[{_STROKES}]+|[^{_STROKES}]", view.text):
        stroke = match.group()[0] in "/\\|[]"
        chars.append("//" if stroke else match.group())
        ends = (match.start(), match.end() - 1) if stroke else (match.start(),)
        places += [view.places[end] for end in ends]
    return _View("".join(chars), places)


def _overlaps(start: int, end: int, found: Iterable[_Found]) -> bool:
    return any(hit.start < end and hit.end > start for hit in found)


def _nearly(text: str, known: set[str], found: Sequence[_Found]) -> list[_Found]:
    """Pieces of a line that are almost one of the known references, or have the shape of one but for a character."""
    near: list[_Found] = []
    if not known:
        return near
    longest, shapes = max(map(len, known)), _shapes(known)
    for start, end in _pieces(text, longest):
        if not _overlaps(start, end, [*found, *near]):
            piece = text[start:end].replace(" ", "")
            if reference := _meant(piece, known, shapes):
                near.append(_Found(start, end, reference, differs=True))
    return near


def _pieces(text: str, longest: int) -> Iterator[tuple[int, int]]:
    """Up to three neighbouring pieces of a line, the longer first, no longer than a reference and a bit."""
    spans = [match.span() for match in _PIECE.finditer(text)]
    for count in (3, 2, 1):
        for first in range(len(spans) - count + 1):
            start, end = spans[first][0], spans[first + count - 1][1]
            if end - start <= longest + 4 and "\n" not in text[start:end]:
                yield start, end


def _meant(piece: str, known: set[str], shapes: set[str]) -> str | None:
    for reference in sorted(known):
        if _within(max(1, len(reference) // 5), piece, reference):
            return reference
    own = _shape(piece)
    return piece if any(_within(1, own, shape) for shape in shapes) else None


def _shapes(references: Iterable[str]) -> set[str]:
    # a shape without separators is just a number, of which there are many on any page
    return {shape for shape in map(_shape, references) if re.search(r"[^9A]", shape)}


def _within(steps: int, one: str, other: str) -> bool:
    """Whether `distance` is at most `steps`; nearly all texts have too little in common, which is quick to see."""
    signs, others = set(one), set(other)
    far = max(abs(len(one) - len(other)), len(signs - others), len(others - signs)) > steps
    return not far and distance(one, other) <= steps


def _shape(text: str) -> str:
    return re.sub(r"[^\W\d_]", "A", re.sub(r"\d", "9", text))


def distance(one: str, other: str) -> int:
    """Fewest substitutions, insertions, deletions and exchanges of neighbours between two texts (optimal alignment)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, left in enumerate(one, 1):
        this = [row]
        for column, right in enumerate(other, 1):
            same = left == right
            steps = min(last[column] + 1, this[-1] + 1, last[column - 1] + (not same))
            if row > 1 and column > 1 and left == other[column - 2] and one[row - 2] == right:
                steps = min(steps, before[column - 2] + 1)
            this.append(steps)
        before, last = last, this
    return last[-1]

"""Where a scan is cut into documents: at its separator sheets, which belong to none of them. Pure.

Blank pages stay with their part. A part without any page that shows something (before a first sheet, behind a last one,
between two in a row, or the back of a sheet) makes no document.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from eakte.recognition.codes import CodeRules
from ocr_pipeline import PageReading

BLANK = "blank"


@dataclass(frozen=True)
class Part:
    """Pages `first` to `last` of the file, and what the separator sheets right before them say."""

    first: int
    last: int
    references: tuple[str, ...] = ()
    profile: str | None = None

    def __contains__(self, number: int) -> bool:
        return self.first <= number <= self.last

    @property
    def asked(self) -> str | None:
        """The reference the sheets ask for; None for none and for several."""
        return self.references[0] if len(self.references) == 1 else None


@dataclass(frozen=True)
class Plan:
    """The parts in order, the numbers of the separator sheets and of the blank pages, and of all pages how many."""

    parts: Sequence[Part]
    separators: frozenset[int]
    blank: frozenset[int]
    pages: int


@dataclass
class _Cut:
    """The part that is being gathered."""

    references: list[str] = field(default_factory=list)
    profile: str | None = None
    numbers: list[int] = field(default_factory=list)
    shows: bool = False


def plan(pages: Iterable[PageReading], rules: CodeRules) -> Plan:
    """Look at all pages once, in order; without a separator sheet it is one part, or none of blank pages alone."""
    parts: list[Part] = []
    separators: set[int] = set()
    blank: set[int] = set()
    count, cut = 0, _Cut()
    for page in pages:
        count = page.number
        if rules.separates(page):
            separators.add(page.number)
            cut = _begun(cut, parts)
            cut.references += [each for each in rules.references(page) if each not in cut.references]
            cut.profile = rules.profile_of([page]) or cut.profile
        else:
            cut.numbers.append(page.number)
            is_blank = page.source == BLANK and not page.barcodes
            cut.shows = cut.shows or not is_blank
            blank |= {page.number} if page.source == BLANK else set()
    _begun(cut, parts)
    return Plan(parts, frozenset(separators), frozenset(blank), count)


def _begun(cut: _Cut, parts: list[Part]) -> _Cut:
    """A fresh cut; what was gathered before is a part, if it shows something. Sheets in a row speak together."""
    if cut.shows:
        parts.append(Part(cut.numbers[0], cut.numbers[-1], tuple(cut.references), cut.profile))
        return _Cut()
    return _Cut(cut.references, cut.profile)

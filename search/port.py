"""The promise of every index: what goes in, what may be asked, what comes out. Shaped by tantivy and OpenSearch.

One entry is one page of one version, `<document>:<version>:<page>`. A page without words is an entry too: facets count
it and the words of its document's title find page 1. Older versions stay, with `current` false.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

LIMIT = 200
"""The most hits of one page of results."""


DOUBTFUL = 0.9
"""Below this confidence of a reading (0 to 1) a word is doubtful: most misread words are, few of the right ones."""

FARTHEST = (1 << 31) - 1
"""The last pixel that an edge of a box can lie at."""

Box = tuple[int, int, int, int]


class Word(NamedTuple):
    """A recognised word and its box (x0, y0, x1, y1) in pixels of the page's picture.

    A doubtful one also answers to what is one letter away; the words of a hit do not say whether they are.
    """

    text: str
    box: Box
    doubtful: bool = False


class Words:
    """The words of a page in reading order, by columns: an object for each takes long to make and to take apart.

    `boxes` has a row of four for each text, cut off at 0 and 2³¹ - 1; `doubtful` are the places of doubtful words.
    ValueError if there are more or fewer boxes than texts or a doubtful word is none of them, OverflowError for an edge
    beyond 64 bits.
    """

    __slots__ = ("boxes", "doubtful", "texts")

    def __init__(
        self, texts: Sequence[str] = (), boxes: Sequence[Sequence[int]] = (), doubtful: Iterable[int] = ()
    ) -> None:
        self.texts = texts
        self.doubtful = sorted({*doubtful})
        if len(boxes) != len(texts) or any(not 0 <= at < len(texts) for at in self.doubtful):
            raise ValueError("words without a box, boxes without a word, or a doubtful word that is none of the page's")
        self.boxes: NDArray[np.int64] = np.array(boxes, np.int64).reshape(len(texts), 4).clip(0, FARTHEST)

    @classmethod
    def of(cls, words: Sequence[Word]) -> "Words":
        """The columns of these."""
        doubtful = [place for place, word in enumerate(words) if word.doubtful]
        return cls([word.text for word in words], [word.box for word in words], doubtful)


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One page of a version with all that filters and rights look at."""

    version: int
    page: int
    current: bool
    width: int
    height: int
    words: Words
    title: str
    scope: str
    state: str
    receipt_date: date
    case_file: str | None = None
    document_type: str | None = None


@dataclass(frozen=True, slots=True)
class Replacement:
    """All entries a document shall have from now on, none to remove it; of two, that with the higher stamp stays.

    The stamp is not negative and grows with every change of the document; an equal one is written again.
    """

    document: str
    stamp: int
    pages: Sequence[PageEntry] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """Who may see what: an entry in one of the scopes or case files, and in none of the denied case files."""

    scopes: frozenset[str] = frozenset()
    case_files: frozenset[str] = frozenset()
    denied_case_files: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Query:
    """Words joined by AND, "…" a phrase of stems in order; dates both included; `after` is `Results.next`.

    Every cursor goes with the same text and filters. Facets cost a second pass: leave them out on later pages.
    """

    text: str
    access: Access
    case_file: str | None = None
    document_type: str | None = None
    state: str | None = None
    date_from: date | None = None
    date_to: date | None = None
    limit: int = 50
    after: str | None = None
    facets: bool = True
    all_versions: bool = False


class Hit(NamedTuple):
    """A page found, its matching words with boxes in reading order (none if only the title matches).

    `snippet` is plain text, never markup; `marks` are the (start, end) of its matching words.
    """

    document: str
    version: int
    page: int
    score: float
    snippet: str
    marks: tuple[tuple[int, int], ...]
    width: int
    height: int
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """Best first. `facets`: pages by `document_type`, `case_file` and `state`, the 20 most frequent values of each.

    Hits, facets and `next` know only what the query's access allows. `next` is None at the end or after 10,000 hits.
    """

    hits: tuple[Hit, ...] = ()
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    next: str | None = None


class Build(Protocol):
    """A fresh index that nobody searches yet."""

    def replace_many(self, replacements: Iterable[Replacement]) -> None:
        """Write in one commit. Live writes wait meanwhile: hand over some thousand pages at most."""

    def discard(self) -> None:
        """Give the build up and free its disk space; harmless if it was swapped in or superseded."""


class Index(Protocol):
    """One tenant's index. Writes raise IndexBusy or IndexUnusable, searches IndexUnusable or InvalidQuery."""

    def replace(self, document: str, stamp: int, pages: Sequence[PageEntry]) -> None:
        """Let these entries be the document's only ones; searchable on return; an older stamp changes nothing."""

    def replace_many(self, replacements: Iterable[Replacement]) -> None:
        """The same for many documents in one commit."""

    def remove(self, document: str, stamp: int) -> None:
        """Take the document out; the stamp stays known, so that no late write brings it back."""

    def stamps(self, documents: Sequence[str]) -> Mapping[str, int]:
        """The stamps of those of these documents that are there whole, removed ones too."""

    def search(self, query: Query) -> Results:
        """The best pages the query's access allows; also sees what other processes wrote."""

    def fresh(self) -> Build:
        """Begin an empty index beside this one; live writes now reach both. A build begun before is given up."""

    def swap(self, build: Build) -> None:
        """Put the build in this one's place at once; raises BuildSuperseded if it was given up."""

    def close(self) -> None:
        """Let go of files; a later call opens them again."""

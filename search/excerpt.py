"""Which words of a page answer a query, and the few lines around them. The same for every engine."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from search.answers import asked_by, doubtful, doubtful_places, has_all, places, written
from search.german import Analyzer
from search.mended import guess
from search.near import Doubt, may_be_near, rows, sought, wanted
from search.near import keys as near_keys
from search.packing import Texts
from search.queries import Clause
from search.vocabulary import Token, Tokens

_WORDS = 28
_LEAD = 8
_CHARACTERS = 300


class Matcher:
    """Finds what answers the clauses of one query."""

    def __init__(self, clauses: Sequence[Clause], analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._clauses = clauses
        # a word that answers several clauses counts for the first
        self._asked = [key for number in reversed(range(len(clauses))) for key in asked_by(clauses[number], number)]
        self._rows = [
            (number, _Phrase.of(clause))
            for number, clause in enumerate(clauses)
            if clause.single is None and (len(clause.forms) > 1 or clause.mark is not None)
        ]

    @cached_property
    def _sought(self) -> list[tuple[int, "_Sought"]]:
        """What doubtful words may be near to, for the pages that have some."""
        near = [(number, sought(clause)) for number, clause in enumerate(self._clauses)]
        return [(number, _Sought.of(text)) for number, texts in near for text in texts]

    def places(self, words: Sequence[str], keys: bytes | None = None) -> dict[int, int]:
        """Place of each matching word → number of a clause it answers, in reading order.

        `keys` are those of the words if they were written down.
        """
        known = self._written(words) if keys is None else keys
        found = places(known, self._asked)
        if unsure := doubtful(known):
            found = self._near(unsure) | found
        if self._rows:
            page = _Page(words, known, self._analyzer)
            for number, phrase in self._rows:
                found |= dict.fromkeys(phrase.places(page), number)
        return dict(sorted(found.items())) if len(found) > 1 else found

    def _near(self, unsure: Sequence[Doubt]) -> dict[int, int]:
        """Places of doubtful words that are one letter away from what is asked."""
        found: dict[int, int] = {}
        for doubt in unsure:
            for number, asked in self._sought:
                if asked.answered_by(doubt):
                    found = dict.fromkeys(range(doubt.first, doubt.last + 1), number) | found
        return found

    def _written(self, words: Sequence[str]) -> bytes:
        return written(self._analyzer.read(words), self._analyzer.marks(words))

    def shown(
        self, texts: Texts, title: str, keys: bytes | None = None
    ) -> tuple[list[int], str, tuple[tuple[int, int], ...]]:
        """Places of the matching words of a page, a snippet, and what in it matches.

        The snippet is of the title if no word of the page matches.
        """
        found = self.places(texts, keys)
        if found:
            return list(found), *snippet(texts, found)
        words = Texts.of(title.split())
        in_title = self.places(words)
        return [], *(snippet(words, in_title) if in_title else snippet(texts, {}))


class _Sought(NamedTuple):
    """What a doubtful word may be near to."""

    text: str
    keys: frozenset[str]

    @classmethod
    def of(cls, asked: str) -> "_Sought":
        return cls(asked, frozenset(wanted(asked)))

    def answered_by(self, doubt: Doubt) -> bool:
        return may_be_near(doubt.text, self.text) and not self.keys.isdisjoint(near_keys(doubt.text))


class _Page:
    """The tokens of a page, made when the first phrase needs them."""

    def __init__(self, words: Sequence[str], keys: bytes, analyzer: Analyzer) -> None:
        self._words = words
        self._analyzer = analyzer
        self.keys = keys

    @cached_property
    def _tokens(self) -> Tokens:
        return self._analyzer.read(self._words[:]).tokens()

    @cached_property
    def read(self) -> Sequence[Sequence[Token]]:
        """All tokens in one row."""
        return [[*self._tokens]]

    @cached_property
    def guessed(self) -> Sequence[Sequence[Token]]:
        """Rows as they may have stood there."""
        return guess(self._words[:], self._tokens, doubtful_places(self.keys), self._analyzer).rows


class _Phrase(NamedTuple):
    """Stems in a row; quoted ones may also stand there in other ways."""

    stems: tuple[str | None, ...]
    quoted: bool
    others: tuple[tuple[tuple[str | None, ...], _Sought | None], ...]

    @classmethod
    def of(cls, clause: Clause) -> "_Phrase":
        others = [(row.stems, None if row.near is None else _Sought.of(row.near)) for row in rows(clause)]
        return cls(tuple(form.stem for form in clause.forms), clause.quoted, tuple(others))

    def places(self, page: _Page) -> list[int]:
        """Of its words, as it stands there for sure, else as it may."""
        if has_all(page.keys, self.stems):
            found = _in_rows(page.read, self.stems) or (self.quoted and _in_rows(page.guessed, self.stems))
            if found:
                return found
        for stems, near in self.others:
            doubted = near is None or any(map(near.answered_by, doubtful(page.keys)))
            if doubted and has_all(page.keys, stems) and (found := _in_rows(page.read, stems)):
                return found
        return []


def _in_rows(rows: Sequence[Sequence[Token]], stems: Sequence[str | None]) -> list[int]:
    return [place for row in rows for place in _row_places(row, stems)]


def _row_places(tokens: Sequence[Token], stems: Sequence[str | None]) -> Iterator[int]:
    first, *others = stems
    for place in range(len(tokens) - len(others)):
        if tokens[place].form.stem == first and all(
            stem is None or tokens[place + ahead].form.stem == stem for ahead, stem in enumerate(others, 1)
        ):
            yield from range(tokens[place].first, tokens[place + len(others)].last + 1)


def snippet(texts: Texts, found: dict[int, int]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Plain text of some 28 words where most clauses are answered, and the (start, end) of the matching words in it."""
    if not texts:
        return "", ()
    start = max(0, _best_start(found) - _LEAD)
    line, begins = texts.line(start, start + _WORDS, _CHARACTERS)
    end = start + len(begins) - 1
    lead, rest = "… " if start else "", " …" if end < len(texts) else ""
    shift, longest = len(lead), len(line)
    inside = [place - start for place in found if start <= place < end]
    marks = [(shift + begins[at], shift + min(longest, begins[at + 1] - 1)) for at in inside]
    return f"{lead}{line}{rest}", tuple(marks)


def _best_start(found: dict[int, int]) -> int:
    """The first match from which on the words of one snippet answer the most clauses."""
    starts, clauses = list(found), len(set(found.values()))
    if clauses <= 1:
        return starts[0] if starts else 0
    best, most = 0, 0
    for first, start in enumerate(starts):
        answered = len({found[place] for place in starts[first : bisect_left(starts, start + _WORDS - _LEAD)]})
        if answered > most:
            best, most = start, answered
        if most == clauses:
            break
    return best

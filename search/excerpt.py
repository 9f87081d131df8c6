"""Which words of a page answer a query, and the few lines around them. The same for every engine."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from search.answers import asked_by, has_all, places, written
from search.german import Analyzer, Token
from search.queries import Clause

_WORDS = 28
_LEAD = 8
_CHARACTERS = 300


class Matcher:
    """Finds what answers the clauses of one query."""

    def __init__(self, clauses: Sequence[Clause], analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        # a word that answers several clauses counts for the first
        self._asked = [(number, asked_by(clause)) for number, clause in enumerate(clauses)][::-1]
        self._rows = [
            (number, [form.stem for form in clause.forms])
            for number, clause in enumerate(clauses)
            if clause.single is None and (len(clause.forms) > 1 or clause.mark is not None)
        ]

    def places(self, words: Sequence[str], keys: bytes | None = None) -> dict[int, int]:
        """Place of each matching word → number of a clause it answers, in reading order.

        `keys` are those of the words if they were written down.
        """
        known = self._written(words) if keys is None else keys
        found = {place: number for number, asked in self._asked for place in places(known, asked)}
        if rows := [row for row in self._rows if has_all(known, row[1])]:
            tokens = self._analyzer.tokens(words[:])
            for number, stems in rows:
                found |= dict.fromkeys(_row_places(tokens, stems), number)
        return dict(sorted(found.items()))

    def _written(self, words: Sequence[str]) -> bytes:
        return written(self._analyzer.tokens(words), self._analyzer.marks(words))

    def shown(
        self, texts: Sequence[str], title: str, keys: bytes | None = None
    ) -> tuple[list[int], str, tuple[tuple[int, int], ...]]:
        """Places of the matching words of a page, a snippet, and what in it matches.

        The snippet is of the title if no word of the page matches.
        """
        found = self.places(texts, keys)
        if found:
            return list(found), *snippet(texts, found)
        words = title.split()
        in_title = self.places(words)
        return [], *(snippet(words, in_title) if in_title else snippet(texts, {}))


def _row_places(tokens: Sequence[Token], stems: Sequence[str]) -> Iterator[int]:
    for place in range(len(tokens) - len(stems) + 1):
        if all(tokens[place + ahead].form.stem == stem for ahead, stem in enumerate(stems)):
            yield from range(tokens[place].first, tokens[place + len(stems) - 1].last + 1)


def snippet(words: Sequence[str], found: dict[int, int]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Plain text of some 28 words where most clauses are answered, and the (start, end) of the matching words in it."""
    start = max(0, _best_start(found) - _LEAD)
    shown = [" ".join(word.split())[:_CHARACTERS] for word in words[start : start + _WORDS]]
    lead = ["…"] if start else []
    begins = list(accumulate((len(word) + 1 for word in shown), initial=2 * len(lead)))
    kept = bisect_right(begins, _CHARACTERS + 1) - 1
    inside = [place - start for place in found if start <= place < start + kept]
    marked = tuple([(begins[at], begins[at] + len(shown[at])) for at in inside])
    rest = ["…"] if kept < len(shown) or start + _WORDS < len(words) else []
    return " ".join([*lead, *shown[:kept], *rest]), marked


def _best_start(found: dict[int, int]) -> int:
    """The first match from which on the words of one snippet answer the most clauses."""
    starts = list(found)
    answered = [
        len({found[place] for place in starts[first : bisect_left(starts, start + _WORDS - _LEAD)]})
        for first, start in enumerate(starts)
    ]
    return starts[answered.index(max(answered))] if starts else 0

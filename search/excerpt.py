"""Which words of a page answer a query, and the few lines around them. The same for every engine."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from search.answers import asked_by, doubtful, has_all, places, written
from search.german import Analyzer, Token
from search.near import keys as near_keys
from search.near import sought, wanted
from search.packing import Texts
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
        near = [(number, sought(clause)) for number, clause in enumerate(clauses)]
        self._sought = [(number, len(asked), frozenset(wanted(asked))) for number, asked in near if asked]
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
        if known.startswith(b"\n~"):
            found = self._near(known) | found
        if rows := [row for row in self._rows if has_all(known, row[1])]:
            tokens = self._analyzer.tokens(words[:])
            for number, stems in rows:
                found |= dict.fromkeys(_row_places(tokens, stems), number)
        return dict(sorted(found.items())) if len(found) > 1 else found

    def _near(self, keys: bytes) -> dict[int, int]:
        """Places of doubtful words that are one letter away from what is asked."""
        found: dict[int, int] = {}
        for text, first, last in doubtful(keys):
            for number, size, asked in self._sought:
                if abs(len(text) - size) <= 1 and not asked.isdisjoint(near_keys(text)):
                    found = dict.fromkeys(range(first, last + 1), number) | found
        return found

    def _written(self, words: Sequence[str]) -> bytes:
        return written(self._analyzer.tokens(words), self._analyzer.marks(words))

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


def _row_places(tokens: Sequence[Token], stems: Sequence[str]) -> Iterator[int]:
    for place in range(len(tokens) - len(stems) + 1):
        if all(tokens[place + ahead].form.stem == stem for ahead, stem in enumerate(stems)):
            yield from range(tokens[place].first, tokens[place + len(stems) - 1].last + 1)


def snippet(texts: Texts, found: dict[int, int]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Plain text of some 28 words where most clauses are answered, and the (start, end) of the matching words in it."""
    if not texts:
        return "", ()
    start = max(0, _best_start(found) - _LEAD)
    line, begins = texts.line(start, start + _WORDS, _CHARACTERS)
    kept = len(begins) - 1
    lead, rest = "… " if start else "", " …" if start + kept < len(texts) else ""
    shift = len(lead)
    inside = [place - start for place in found if start <= place < start + kept]
    ends = shift + len(line)
    marks = [(shift + begins[at], min(ends, shift + begins[at + 1] - 1)) for at in inside]
    return f"{lead}{line}{rest}", tuple(marks)


def _best_start(found: dict[int, int]) -> int:
    """The first match from which on the words of one snippet answer the most clauses."""
    starts, clauses = list(found), len(set(found.values()))
    best, most = 0, 0
    for first, start in enumerate(starts):
        answered = len({found[place] for place in starts[first : bisect_left(starts, start + _WORDS - _LEAD)]})
        if answered > most:
            best, most = start, answered
        if most == clauses:
            break
    return best

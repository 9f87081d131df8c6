"""Which words of a page answer a query, and the few lines around them. The same for every engine."""

from collections.abc import Collection, Iterator, Sequence

from search.german import HYPHENS, Analyzer, Form, Token
from search.queries import Clause

_WORDS = 28
_LEAD = 8
_CHARACTERS = 300


class Matcher:
    """Finds what answers the clauses of one query; remembers its verdict on each written word."""

    def __init__(self, clauses: Sequence[Clause], analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._singles = [(number, clause.single) for number, clause in enumerate(clauses) if clause.single]
        self._rows = [(number, clause) for number, clause in enumerate(clauses) if not clause.single]
        self._marks = {_number(clause): number for number, clause in enumerate(clauses) if _number(clause)}
        self._verdicts = _Verdicts(self._singles, analyzer)

    def places(self, words: Sequence[str]) -> dict[int, int]:
        """Place of each matching word → number of a clause it answers, in reading order."""
        verdicts = self._verdicts
        found = {place: verdict for place, word in enumerate(words) if (verdict := verdicts[word]) is not None}
        divided = [place for place, word in enumerate(words) if word[-1:] in HYPHENS]
        if self._rows or divided:
            tokens = self._analyzer.tokens(words)
            found |= self._of_divided(tokens)
            found |= self._of_rows(tokens)
        if self._marks:
            found |= self._of_marks(words)
        return dict(sorted(found.items()))

    def _of_divided(self, tokens: Sequence[Token]) -> dict[int, int]:
        joined = [token for token in tokens if token.first < token.last]
        verdicts = [(token, self._verdicts.of([token.form])) for token in joined]
        return {place: verdict for token, verdict in verdicts if verdict is not None for place in token[1:]}

    def _of_rows(self, tokens: Sequence[Token]) -> dict[int, int]:
        rows = [(number, row) for number, clause in self._rows for row in _runs(tokens, clause)]
        return {place: number for number, (first, last) in rows for place in range(first, last + 1)}

    def _of_marks(self, words: Sequence[str]) -> dict[int, int]:
        answering = [mark for mark in self._analyzer.marks(words) if mark.value in self._marks]
        return {place: self._marks[mark.value] for mark in answering for place in range(mark.first, mark.last + 1)}

    def shown(self, texts: Sequence[str], title: str) -> tuple[list[int], str, tuple[tuple[int, int], ...]]:
        """Places of the matching words of a page, a snippet, and what in it matches.

        The snippet is of the title if no word of the page matches.
        """
        found = self.places(texts)
        if found:
            return list(found), *snippet(texts, found)
        words = title.split()
        in_title = self.places(words)
        return [], *(snippet(words, in_title) if in_title else snippet(texts, {}))


class _Verdicts(dict[str, int | None]):
    """Written word → number of the single-word clause it answers, or None; worked out when first asked for."""

    def __init__(self, singles: Sequence[tuple[int, Form]], analyzer: Analyzer) -> None:
        super().__init__()
        self._singles = singles
        self._analyzer = analyzer
        self._asked = frozenset(key for _, asked in singles for key in (asked.exact, asked.stem, *asked.parts))

    def __missing__(self, word: str) -> int | None:
        # nearly every word of a page answers nothing, and this says so quickest
        unlike = self._asked.isdisjoint(self._analyzer.keys(word))
        verdict = self[word] = None if unlike else self.of(self._analyzer.forms(word))
        return verdict

    def of(self, forms: Sequence[Form]) -> int | None:
        return next((number for form in forms for number, asked in self._singles if _satisfies(form, asked)), None)


def _number(clause: Clause) -> str | None:
    """What a mark on the page must be to answer the clause: 12345 is answered by 12.345."""
    if clause.single is None:
        return clause.mark
    return clause.single.exact if clause.single.exact[-1].isdigit() else None


def _satisfies(form: Form, asked: Form) -> bool:
    """Whether a word of a page answers a word asked for: same form, same stem, its compound, or one of its parts."""
    return form.stem == asked.stem or form.exact == asked.exact or asked.stem in form.parts or form.stem in asked.parts


def _runs(tokens: Sequence[Token], clause: Clause) -> Iterator[tuple[int, int]]:
    stems = [form.stem for form in clause.forms]
    for place in range(len(tokens) - len(stems) + 1):
        if all(tokens[place + ahead].form.stem == stem for ahead, stem in enumerate(stems)):
            yield tokens[place].first, tokens[place + len(stems) - 1].last
    if clause.mark is not None:
        yield from ((token.first, token.last) for token in tokens if token.form.exact == clause.mark)


def snippet(words: Sequence[str], found: dict[int, int]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Plain text of some 28 words where most clauses are answered, and the (start, end) of the matching words in it."""
    start = max(0, _best_start(found) - _LEAD)
    text = "… " if start else ""
    marked: list[tuple[int, int]] = []
    for place in range(start, min(len(words), start + _WORDS)):
        word = " ".join(words[place].split())[:_CHARACTERS]
        if len(text) + len(word) > _CHARACTERS:
            return text + "…", tuple(marked)
        if place in found:
            marked.append((len(text), len(text) + len(word)))
        text += word + " "
    return text + "…" if start + _WORDS < len(words) else text.rstrip(), tuple(marked)


def _best_start(found: dict[int, int]) -> int:
    """The first match from which on the words of one snippet answer the most clauses."""
    places = list(found)
    return max(places, key=lambda place: (_answered(found, place, places), -place), default=0)


def _answered(found: dict[int, int], start: int, places: Collection[int]) -> int:
    return len({found[place] for place in places if start <= place < start + _WORDS - _LEAD})

"""Which words of a page answer a query, and the few lines around them. The same for every engine."""

from collections.abc import Collection, Iterator, Sequence

from search.german import Analysed, Analyzer, Form, Token
from search.queries import Clause

_WORDS = 28
_LEAD = 8
_CHARACTERS = 300


def satisfies(form: Form, asked: Form) -> bool:
    """Whether a word of a page answers a word asked for: same form, same stem, its compound, or one of its parts."""
    return form.stem == asked.stem or form.exact == asked.exact or asked.stem in form.parts or form.stem in asked.parts


def shown(
    texts: Sequence[str], title: str, clauses: Sequence[Clause], analyzer: Analyzer
) -> tuple[list[int], str, tuple[tuple[int, int], ...]]:
    """Places of the matching words of a page in reading order, a snippet, and what in it matches; of the title if
    no word of the page does."""
    found = matches(analyzer.analyse(texts), clauses)
    if found:
        return list(found), *snippet(texts, found)
    words = title.split()
    in_title = matches(analyzer.analyse(words), clauses)
    return [], *(snippet(words, in_title) if in_title else snippet(texts, {}))


def matches(analysed: Analysed, clauses: Sequence[Clause]) -> dict[int, int]:
    """Index of each matching word → number of the clause it answers (the last of several), in reading order."""
    found: dict[int, int] = {}
    for number, clause in enumerate(clauses):
        for first, last in _spans(analysed, clause):
            found.update(dict.fromkeys(range(first, last + 1), number))
    return dict(sorted(found.items()))


def _spans(analysed: Analysed, clause: Clause) -> Iterator[tuple[int, int]]:
    tokens = analysed.tokens
    asked = clause.single
    if asked is not None:
        yield from ((token.first, token.last) for token in tokens if satisfies(token.form, asked))
    else:
        yield from _runs(tokens, [form.stem for form in clause.forms])
    if clause.mark is not None:
        yield from ((mark.first, mark.last) for mark in analysed.marks if mark.value == clause.mark)
        yield from ((token.first, token.last) for token in tokens if token.form.exact == clause.mark)


def _runs(tokens: Sequence[Token], stems: list[str]) -> Iterator[tuple[int, int]]:
    size = len(stems)
    for place in range(len(tokens) - size + 1):
        if all(tokens[place + ahead].form.stem == stem for ahead, stem in enumerate(stems)):
            yield tokens[place].first, tokens[place + size - 1].last


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

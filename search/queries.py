"""A query text as clauses that must all be found. Any text is taken; there are no operators beyond the phrase."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from search.errors import InvalidQuery
from search.folding import compose, fold
from search.german import Analyzer
from search.numbers import end_of_currency, marks, without_label
from search.vocabulary import Form

_QUOTES = re.compile('["„“”«»]')
# Words that say too little to be demanded: a page on which one was not recognised is still meant. Quoted they count.
_SLIGHT = frozenset(
    fold(
        """
        der die das den dem des ein eine einen einem einer eines und oder an am auf aus bei beim bis durch für gegen im
        in ins ist mit nach über um unter von vom vor wegen wie zu zum zur GmbH gGmbH KG OHG eG mbH Co GbR
        """
    ).split()
)
_MOST_CLAUSES = 32
_LONGEST_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Clause:
    """One word, or several in a row; `mark` is the one spelling of a number that also satisfies it.

    A quoted word is not widened to its compounds. `beside` holds the stems of single words right before and behind it.
    """

    forms: tuple[Form, ...]
    mark: str | None = None
    quoted: bool = False
    beside: tuple[str, ...] = field(default=(), compare=False)

    @property
    def single(self) -> Form | None:
        """The form of a clause of one unquoted word, which compounds may satisfy too."""
        return self.forms[0] if len(self.forms) == 1 and not self.quoted and self.mark is None else None

    @property
    def slight(self) -> bool:
        """Whether it may be left out beside others: an article, a preposition, a company's legal form."""
        return self.single is not None and is_slight(self.single)


def is_slight(form: Form) -> bool:
    """Whether the word says too little to be demanded."""
    return form.exact in _SLIGHT


def parse(text: str, analyzer: Analyzer) -> tuple[Clause, ...]:
    """The clauses, each once. An odd quotation mark counts as none; InvalidQuery if no word is left or too many."""
    if len(text) > _LONGEST_TEXT:
        raise InvalidQuery(f"Die Suchanfrage ist länger als {_LONGEST_TEXT} Zeichen.")
    clauses = tuple(dict.fromkeys(_clauses(compose(_QUOTES.sub('"', text)), analyzer)))
    if not clauses:
        raise InvalidQuery("Die Suchanfrage enthält kein Wort und keine Zahl.")
    clauses = tuple(clause for clause in clauses if not clause.slight) or clauses
    if len(clauses) > _MOST_CLAUSES:
        raise InvalidQuery(f"Die Suchanfrage hat mehr als {_MOST_CLAUSES} Wörter.")
    return tuple(_beside_each_other(clauses))


def _beside_each_other(clauses: Sequence[Clause]) -> Iterator[Clause]:
    stems = ["", *["" if clause.single is None else clause.single.stem for clause in clauses], ""]
    for place, clause in enumerate(clauses):
        yield replace(clause, beside=tuple(stem for stem in (stems[place], stems[place + 2]) if stem))


def _clauses(text: str, analyzer: Analyzer) -> Iterator[Clause]:
    segments = text.split('"')
    for place, segment in enumerate(segments):
        if place % 2 and place < len(segments) - 1:
            forms = _forms(segment, analyzer)
            if forms:
                yield Clause(forms, quoted=True)
        else:
            yield from _words_and_marks(segment, analyzer)


def _words_and_marks(text: str, analyzer: Analyzer) -> Iterator[Clause]:
    place = 0
    for start, end, mark in marks(text):
        yield from _words(without_label(text[place:start]), analyzer)
        yield Clause(_forms(text[start:end], analyzer), mark)
        place = end_of_currency(text, end)
    yield from _words(text[place:], analyzer)


def _words(text: str, analyzer: Analyzer) -> Iterator[Clause]:
    for word in text.split():
        if forms := analyzer.forms(word):
            yield Clause(forms)


def _forms(text: str, analyzer: Analyzer) -> tuple[Form, ...]:
    return tuple(token.form for token in analyzer.tokens(text.split()))

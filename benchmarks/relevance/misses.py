"""Why a page that answers was not found: which words of the question it does not bear, and what became of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.relevance.corpus import Corpus
from benchmarks.relevance.questions import Question
from search.errors import InvalidQuery
from search.excerpt import Matcher
from search.fields import said
from search.german import default_analyzer
from search.port import Word, Words
from search.queries import Clause, parse

MISREAD, OTHER, LOW = "misread", "written otherwise", "ranked below the first fifty"


@dataclass(frozen=True)
class Miss:
    """A page not found, the word (or phrase, or number) of the question to blame, and why."""

    question: Question
    page: str
    word: str
    why: str


def misses(question: Question, corpus: Corpus, found: list[str]) -> Iterator[Miss]:
    """One for each word to blame of each page that answers and was not found."""
    for key in question.judged(corpus.pages).keys() - set(found):
        place = corpus.by_key[key]
        clean, read = _keys(corpus.pages[place].words), _keys(corpus.read[place])
        blamed = [Miss(question, key, _said(clause), OTHER if not _answers(clause, clean) else MISREAD)
                  for clause in _clauses(question.text) if not _answers(clause, read)]  # fmt: skip
        yield from blamed or [Miss(question, key, question.text, LOW)]


def _clauses(text: str) -> tuple[Clause, ...]:
    try:
        return parse(text, default_analyzer())
    except InvalidQuery:
        return ()


def _keys(words: Sequence[Word]) -> tuple[Sequence[str], bytes]:
    """The texts of a page, and by what they answer."""
    read = Words.of(words)
    (page,) = said([read], default_analyzer())
    return read.texts, page.keys


def _answers(clause: Clause, page: tuple[Sequence[str], bytes]) -> bool:
    return bool(Matcher([clause], default_analyzer()).places(*page))


def _said(clause: Clause) -> str:
    return " ".join(form.exact for form in clause.forms)

"""Says of which type a document is: the port, and the classifier that goes by the catalogue's readable rules.

A phrase found adds its weight to what is not yet believed (so scores stay below 1 and many weak signs never weigh as
much as a heading). Where a heading names one type, the others count less: a decision may speak of objections, evidence
and dismissals as it likes. Only the first pages count, the first in full: the letter tells what a document is.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from eakte.recognition.catalogue import Catalogue, DocumentType, shipped_catalogue

_TITLE, _TITLE_DEEPER, _TITLE_IN_TEXT = 0.8, 0.6, 0.15
_STRONG, _WEAK = 0.35, 0.08
_AGAINST, _AGAINST_A_HEADING = 0.5, 0.85
_NOT_IN_HEADING = 0.6
_PAGES, _LATER_PAGE = 4, 0.5
_HEADING_WORDS, _HEADING_SHARE, _UPPER_PART = 9, 0.3, 0.6
_SUFFICIENT, _LEAD = 0.6, 0.05
_GAP = r"(?: \S+){0,8}?"

_CONFUSED = str.maketrans("1|!0", "iiio")
_UMLAUTS = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("rn", "m"), ("vv", "w"), ("l", "i"), ("j", "i"))


@dataclass(frozen=True)
class Verdict:
    """The type found, its score from 0 to 1, and the best candidates; for the unknown type the score is 0."""

    code: str
    score: float
    candidates: tuple[tuple[str, float], ...] = ()


class Classifier(Protocol):
    """Tells the type of a document from what was recognised on it."""

    def classify(self, pages: Sequence[str]) -> Verdict:
        """Judge the texts of the pages, one string a page with its lines parted by line breaks; never raises."""
        ...


class RuleClassifier:
    """Goes by the phrases of a catalogue; pure, safe to share between threads, about 3 ms a page."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._rules = [_Rule(each) for each in self._catalogue.types.values()]

    def classify(self, pages: Sequence[str]) -> Verdict:
        """The best-scored type if its score is at least 0.6 and leads by 0.05, else the unknown type."""
        views = [_View(page, first=number == 0) for number, page in enumerate(pages[:_PAGES])]
        weighed = [(rule.weigh(views), rule.code) for rule in self._rules]
        others = _NOT_IN_HEADING if any(headed for (_, headed), _ in weighed) else 1.0
        scores = sorted(
            ((score * (1.0 if headed else others), code) for (score, headed), code in weighed), reverse=True
        )
        candidates = tuple((code, round(score, 3)) for score, code in scores[:5] if score > 0)
        (best, code), (second, _) = scores[:2]
        if best < _SUFFICIENT or best - second < _LEAD:
            return Verdict(self._catalogue.unknown.code, 0.0, candidates)
        return Verdict(code, round(best, 3), candidates)


@cache
def shipped_classifier() -> RuleClassifier:
    """The one of the shipped catalogue; its phrases are made ready once in a process."""
    return RuleClassifier(shipped_catalogue())


def folded(text: str) -> str:
    """Words parted and surrounded by one blank, without case, marks, umlaut spelling and what OCR likes to confuse."""
    text = unicodedata.normalize("NFKD", text.casefold())
    text = re.sub(r"[^\w§|!]+", " ", "".join(char for char in text if not unicodedata.combining(char)))
    text = text.translate(_CONFUSED)
    for spelled, folded_to in _UMLAUTS:
        text = text.replace(spelled, folded_to)
    return f" {' '.join(text.replace('§', ' § ').split())} "


class _View:
    """A page prepared for looking phrases up: its running text, and its short lines with how far down they stand."""

    def __init__(self, page: str, *, first: bool) -> None:
        self.share = 1.0 if first else _LATER_PAGE
        self.text = folded(re.sub(r"(\w)[-¬]\n[ \t]*(?=[a-zäöüß])", r"\1", page))
        self.headings = list(_headings(page)) if first else []


def _headings(page: str) -> Iterable[tuple[str, float]]:
    lines = [line for line in page.splitlines() if line.strip()]
    for place, line in enumerate(lines):
        depth = place / max(len(lines), 20)
        subject = re.sub(r"^\W*(betreff|betr|betrifft)\b\W*", "", line, flags=re.IGNORECASE)
        if depth <= _UPPER_PART and (len(line.split()) <= _HEADING_WORDS or subject != line):
            yield folded(subject), depth


class _Phrase:
    """One phrase of a rule; a plain look-up decides for most of them that they are not there."""

    def __init__(self, phrase: str) -> None:
        words = [word if word == "*" else _word(word) for word in phrase.split()]
        pattern = " " + " ".join(words)
        self._pattern = re.compile(pattern.replace(" *", _GAP) + "(?= )")
        self._rarest = max((folded(word.strip("*")).strip() for word in phrase.split()), key=len)

    def within(self, text: str) -> bool:
        return self._rarest in text and self._pattern.search(text) is not None

    def heads(self, line: str) -> bool:
        """Whether it begins the line or fills much of it; else it is but mentioned."""
        found = self._pattern.search(line) if self._rarest in line else None
        return found is not None and (found.start() == 0 or len(found.group()) >= _HEADING_SHARE * len(line))


def _word(word: str) -> str:
    literal = re.escape(folded(word.strip("*")).strip())
    before = r"\S*" if word.startswith("*") else ""
    return before + literal + (r"\S*" if word.endswith("*") else "")


class _Rule:
    """The phrases of one type, ready for use."""

    def __init__(self, each: DocumentType) -> None:
        self.code = each.code
        self._title = [_Phrase(phrase) for phrase in each.title]
        self._signs = [(_Phrase(phrase), _STRONG) for phrase in each.strong]
        self._signs += [(_Phrase(phrase), _WEAK) for phrase in each.weak]
        self._against = [_Phrase(phrase) for phrase in each.against]

    def weigh(self, views: Sequence[_View]) -> tuple[float, bool]:
        """The score from 0 to 1, and whether a heading names the type."""
        titled = max((self._titled(view) for view in views), default=0.0)
        headed = titled > _TITLE_IN_TEXT
        doubt = 1 - titled
        for phrase, weight in self._signs:
            doubt *= 1 - weight * max((view.share for view in views if phrase.within(view.text)), default=0.0)
        objections = sum(phrase.within(view.text) for phrase in self._against for view in views[:1])
        return float((1 - doubt) * (_AGAINST_A_HEADING if headed else _AGAINST) ** objections), headed

    def _titled(self, view: _View) -> float:
        present = [phrase for phrase in self._title if phrase.within(view.text)]
        for line, depth in view.headings:
            if any(phrase.heads(line) for phrase in present):
                return _TITLE - (_TITLE - _TITLE_DEEPER) * depth / _UPPER_PART
        return _TITLE_IN_TEXT * view.share if present else 0.0

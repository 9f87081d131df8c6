"""Short ways to entries, queries and what they find."""

from dataclasses import replace
from datetime import date
from typing import Any

from search.port import Access, Hit, Index, PageEntry, Query, Replacement, Words

ALL = Access(scopes=frozenset({"team"}))
DAY = date(2024, 3, 1)


def entry(text: str, **changed: Any) -> PageEntry:
    """A current page 1 in scope `team`, each word in a box of its own."""
    texts = text.split()
    words = Words(texts, [(20 * place, 5, 20 * place + 15, 9) for place in range(len(texts))])
    given = {"version": 1, "page": 1, "current": True, "width": 100, "height": 200, "words": words, "title": ""}
    placed = {"scope": "team", "state": "filed", "receipt_date": DAY}
    return PageEntry(**(given | placed | changed))


def found(index: Index, text: str, access: Access = ALL, **filters: Any) -> list[str]:
    """`document:version:page` of all hits, sorted."""
    hits = index.search(Query(text, access, limit=200, **filters)).hits
    return sorted(f"{hit.document}:{hit.version}:{hit.page}" for hit in hits)


def filled(index: Index, count: int) -> list[Hit]:
    """So many documents of a page each; all that speak of Miete, best first."""
    texts = ["Miete " * (number % 4 + 1) + "Wort " * (number % 7) for number in range(count)]
    index.replace_many(Replacement(f"d{number}", 1, [entry(text)]) for number, text in enumerate(texts))
    return list(index.search(Query("Miete", ALL, limit=200)).hits)


def read(text: str, *, page: int = 1) -> PageEntry:
    """A page on which every word with a trailing ? was doubtful."""
    plain = entry(text.replace("?", ""), page=page)
    doubtful = [place for place, word in enumerate(text.split()) if word.endswith("?")]
    return replace(plain, words=Words(plain.words.texts, plain.words.boxes, doubtful))

"""The index promise kept in memory by going through all entries: what every engine is compared with."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from search.cursors import Position, access_digest, decode, encode
from search.errors import BuildSuperseded, IndexUnusable
from search.excerpt import Matcher
from search.fields import said
from search.german import Analyzer
from search.packing import Texts
from search.port import LIMIT, Access, Build, Hit, PageEntry, Query, Replacement, Results, Word
from search.queries import parse

Entries = dict[str, Replacement]


class FakeIndex:
    """Scores by the number of matching words; ties in order of the key."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._entries: Entries = {}
        self._build: FakeBuild | None = None
        self._broken = False

    def replace(self, document: str, stamp: int, pages: Sequence[PageEntry]) -> None:
        self.replace_many([Replacement(document, stamp, pages)])

    def remove(self, document: str, stamp: int) -> None:
        self.replace_many([Replacement(document, stamp)])

    def replace_many(self, replacements: Iterable[Replacement]) -> None:
        for replacement in replacements:
            for entries in [self._entries] + ([self._build.entries] if self._build else []):
                put(entries, replacement)

    def stamps(self, documents: Sequence[str]) -> dict[str, int]:
        return {name: self._entries[name].stamp for name in documents if name in self._entries}

    def search(self, query: Query) -> Results:
        clauses = parse(query.text, self._analyzer)
        position = decode(query)
        if self._broken:
            raise IndexUnusable("broken")
        matchers = [Matcher(part, self._analyzer) for part in (clauses, *((clause,) for clause in clauses))]
        found = sorted(self._found(query, matchers), key=lambda each: each[0])
        offset = position.offset if position else 0
        limit = max(1, min(query.limit, LIMIT))
        shown = found[offset : offset + limit]
        following = None
        if len(found) > offset + limit:
            following = encode(Position(access_digest(query.access), offset + limit, 0, 0.0), query)
        return Results(tuple(hit for _, hit, _ in shown), facets([entry for _, _, entry in found]), following)

    def fresh(self) -> "FakeBuild":
        self._build = FakeBuild(self)
        return self._build

    def swap(self, build: Build) -> None:
        if build is not self._build:
            raise BuildSuperseded("superseded")
        self._entries, self._build, self._broken = self._build.entries, None, False

    def close(self) -> None:
        return None

    def demand(self, build: "FakeBuild") -> None:
        if build is not self._build:
            raise BuildSuperseded("superseded")

    def forget(self, build: "FakeBuild") -> None:
        if build is self._build:
            self._build = None

    def _found(self, query: Query, matchers: list[Matcher]) -> Iterator[tuple[tuple[float, str], Hit, PageEntry]]:
        for replacement in self._entries.values():
            for entry in replacement.pages:
                if may_see(query.access, entry) and passes(query, entry):
                    hit = self._hit(replacement.document, entry, matchers)
                    if hit is not None:
                        yield (-hit.score, f"{hit.document}:{hit.version}:{hit.page}"), hit, entry

    def _hit(self, document: str, entry: PageEntry, matchers: list[Matcher]) -> Hit | None:
        texts = entry.words.texts
        title = entry.title if entry.page == 1 else ""
        whole, *single = matchers
        keys = said([entry.words], self._analyzer)[0].keys
        if not all(each.places(texts, keys) or each.places(title.split()) for each in single):
            return None
        places, snippet, marks = whole.shown(Texts.of(texts), title, keys)
        boxes = entry.words.boxes.tolist()
        words = tuple(Word(" ".join(texts[place].split()), tuple(boxes[place])) for place in places)
        size = entry.width, entry.height
        return Hit(document, entry.version, entry.page, float(len(words)), snippet, marks, *size, words)


class FakeBuild:
    def __init__(self, index: FakeIndex) -> None:
        self._index = index
        self.entries: Entries = {}

    def replace_many(self, replacements: Iterable[Replacement]) -> None:
        self._index.demand(self)
        for replacement in replacements:
            put(self.entries, replacement)

    def discard(self) -> None:
        self._index.forget(self)


def put(entries: Entries, replacement: Replacement) -> None:
    known = entries.get(replacement.document)
    if known is None or known.stamp <= replacement.stamp:
        entries[replacement.document] = replacement


def may_see(access: Access, entry: PageEntry) -> bool:
    """The rights as a person would say them."""
    if entry.case_file in access.denied_case_files:
        return False
    return entry.scope in access.scopes or entry.case_file in access.case_files


def passes(query: Query, entry: PageEntry) -> bool:
    wanted = [
        (query.case_file, entry.case_file),
        (query.document_type, entry.document_type),
        (query.state, entry.state),
    ]
    return (
        all(asked is None or asked == has for asked, has in wanted)
        and (entry.current or query.all_versions)
        and (query.date_from is None or query.date_from <= entry.receipt_date)
        and (query.date_to is None or entry.receipt_date <= query.date_to)
    )


def facets(entries: list[PageEntry]) -> dict[str, dict[str, int]]:
    return {
        name: dict(Counter(value for entry in entries if (value := getattr(entry, name)) is not None).most_common(20))
        for name in ("document_type", "case_file", "state")
    }

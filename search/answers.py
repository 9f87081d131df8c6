"""By which keys the words of a page answer, written down when the page is indexed, so that a hit is not analysed again.

One text a page: a line for each key, which is a stem or "=" with a mark; behind a tab the places of its words; behind
another the places of compounds that have it as a part. Looking a key up is one search for it in the text. Before them
stand lines of "~" and what doubtful words were read as, which are gone through, and one of "^" and their places.
"""

from collections.abc import Iterable, Iterator, Sequence

from search.german import Mark, Token
from search.near import Doubt
from search.queries import Clause

Asked = Sequence[tuple[bytes, bool]]
"""Keys as they stand in the text; true: compounds that have the stem as a part answer too."""


def written(
    tokens: Iterable[Token],
    marks: Iterable[Mark],
    doubts: Iterable[Doubt] = (),
    guessed: Iterable[Token] = (),
    doubtful: Iterable[int] = (),
) -> bytes:
    """The keys of a page with their places; guessed tokens answer as parts do."""
    whole: dict[str, str] = {}
    parts: dict[str, str] = {}
    for form, first, last in tokens:
        at = str(first) if first == last else f"{first} {last}"
        _note(whole, form.stem, at)
        for part in form.parts:
            _note(parts, part, at)
    for form, first, last in guessed:
        for part in (form.stem, *form.parts):
            _note(parts, part, " ".join(map(str, range(first, last + 1))))
    for value, first, last in marks:
        _note(whole, f"={value}", " ".join(map(str, range(first, last + 1))))
    lines = [f"~{text}\t{first} {last}\n" for text, first, last in doubts]
    if at := " ".join(map(str, doubtful)):
        lines.append(f"^{at}\n")
    lines += [f"{key}\t{at}\t{parts.pop(key, '')}\n" for key, at in whole.items()]
    lines += [f"{key}\t\t{at}\n" for key, at in parts.items()]
    return ("\n" + "".join(lines)).encode("utf-8", "surrogatepass")


def _note(places: dict[str, str], key: str, at: str) -> None:
    known = places.get(key)
    places[key] = at if known is None else f"{known} {at}"


def places(keys: bytes, asked: Asked) -> list[int]:
    """Places of the words that answer by one of these keys; some perhaps twice."""
    found: list[int] = []
    for key, compounds in asked:
        start = keys.find(key)
        if start >= 0:
            line = keys[start + len(key) : keys.index(b"\n", start + 1)]
            found += map(int, (line if compounds else line.partition(b"\t")[0]).split())
    return found


def doubtful(keys: bytes) -> Iterator[Doubt]:
    """What doubtful words were read as."""
    start = 0
    while keys.startswith(b"\n~", start):
        end = keys.index(b"\n", start + 1)
        text, _, at = keys[start + 2 : end].decode("utf-8", "surrogatepass").partition("\t")
        first, last = at.split()
        yield Doubt(text, int(first), int(last))
        start = end


def doubtful_places(keys: bytes) -> list[int]:
    """Places of the doubtful words, if the page may have read otherwise than each word for itself."""
    start = keys.find(b"\n^")
    return list(map(int, keys[start + 2 : keys.index(b"\n", start + 1)].split())) if start >= 0 else []


def has_all(keys: bytes, stems: Iterable[str | None]) -> bool:
    """Whether a phrase of these stems can be there."""
    return all(_key(stem) in keys for stem in stems if stem is not None)


def asked_by(clause: Clause) -> Asked:
    """The keys by which a word or mark answers the clause, of a phrase none but its mark's."""
    wanted: list[tuple[str, bool]] = []
    if (single := clause.single) is not None:
        wanted = [(single.stem, True), *((part, False) for part in single.parts)]
        if single.exact[-1].isdigit():
            wanted.append((f"={single.exact}", False))  # 12345 is answered by 12.345
    elif clause.mark is not None:
        wanted = [(clause.mark, False), (f"={clause.mark}", False)]
    elif len(clause.forms) == 1:
        wanted = [(clause.forms[0].stem, False)]
    return [(_key(text), compounds) for text, compounds in wanted]


def _key(text: str) -> bytes:
    return f"\n{text}\t".encode("utf-8", "surrogatepass")

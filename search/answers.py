"""By which keys the words of a page answer, written down when the page is indexed, so that a hit is not analysed again.

One text a page: a line for each key, which is a stem, "+" with the stem of a compound's part, or "=" with a mark; then
a tab and the places of its words. Looking a key up is one search for it in the text.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from search.german import Mark, Token
from search.queries import Clause


def written(tokens: Iterable[Token], marks: Iterable[Mark]) -> str:
    """The keys of a page with their places."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for form, first, last in tokens:
        for key in (form.stem, *(f"+{part}" for part in form.parts)):
            places[key].append(first)
            if last > first:
                places[key].append(last)
    for value, first, last in marks:
        places[f"={value}"].extend(range(first, last + 1))
    return "\n" + "".join([f"{key}\t{' '.join(map(str, at))}\n" for key, at in places.items()])


def places(keys: str, asked: Sequence[str]) -> Iterator[int]:
    """Places of the words that answer by one of these keys, as `asked_by` makes them; some perhaps twice."""
    for key in asked:
        start = keys.find(key)
        if start >= 0:
            yield from map(int, keys[start + len(key) : keys.index("\n", start + 1)].split())


def asked_by(clause: Clause) -> list[str]:
    """The keys by which a word or mark answers the clause; of a phrase none but its mark's."""
    wanted = []
    if (single := clause.single) is not None:
        wanted = [single.stem, f"+{single.stem}", *single.parts]
        if single.exact[-1].isdigit():
            wanted.append(f"={single.exact}")  # 12345 is answered by 12.345
    elif clause.mark is not None:
        wanted = [clause.mark, f"={clause.mark}"]
    elif len(clause.forms) == 1:
        wanted = [clause.forms[0].stem]
    return [f"\n{key}\t" for key in wanted]

"""The parts of a German compound, found with a word list: Heizkostenabrechnung → heiz, kosten, abrechnung, heizkosten …

The list is read at run time from the distribution's package `wngerman` (GPL, not shipped with us).
"""

import logging
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from search.folding import fold

WORD_LIST = Path("/usr/share/dict/ngerman")

_log = logging.getLogger(__name__)

# Words of the Jobcenter that general lists lack or have only in compounds.
_FIELD_WORDS = """
    Akte Alg Amt Arbeitslosengeld Aufforderung Auszug Bedarf Bedarfsgemeinschaft Bescheid Bescheinigung
    Betriebskosten Bürgergeld Darlehen Eingliederung Einkommen Erstausstattung Erstattung Heizkosten Hartz
    Jobcenter Kaltmiete Kindergeld Konto Kostenträger Lohn Maßnahme Mehrbedarf Mietschulden Minderung Mitwirkung
    Nachweis Nebenkosten Regelbedarf Sanktion Sozialgeld Sozialhilfe Unterhalt Unterkunft Vermieter Vermögen
    Vertrag Vorschuss Warmmiete Weiterbewilligung Widerspruch Wohngeld Wohnraum Zuschuss Zuweisung
"""

# Three letters are too often chance; these few are words in their own right inside compounds.
_SHORT = frozenset(
    fold("Amt Rat Bau Weg Hof Tag Akt Fax Ehe Tat See Tor Ort Zug Art Gas Öl Not Rad Bus Uhr Bad Tod Alg Arzt").split()
)

# Endings, prefixes and function words: they stand in the list but are no parts.
_NO_PARTS = frozenset(
    fold(
        """
        keit heit ung ungen lich isch schaft schaften chen lein ling tum eren iert ieren test tests este esten sten
        sche erin innen igen iger iges igem ster stern anz enz ation ationen ismus ität itäten licher liches lichen
        nden ander ist ein eine einer eines sein ihre ihren dass seit nach auch oder unter über ver ent zer miss
        haft haften bare baren barer los lose losen weise mal mals ten ern ers ter gen kel tel gabe be er an auf
        aus vor zu ab bei mit um wider wieder durch hin her zwischen für ohne fort heim weiter zurück zusammen
        herab hinaus lage lagen kunft tung tungen nung nungen rung rungen lung lungen gung gungen sung sungen ende
        enden rat rate raten ton gel ger rei reich reiche stand liche nicht nichts samt alle allen aller alles
        einen sich sehr noch wenn dann denn nur rinnen nern dern ner lern len eng enge legen lege stellen stelle
        leg weit halt halts
        """
    ).split()
) - frozenset(fold("Rat Stelle Stellen Stand").split())

# Adverbs that make nouns of nouns: what follows is a part, they themselves are none.
_ADVERBS = tuple(fold("neben gegen ober gesamt sonder rück voraus mehr nach vor").split())

# What these make of a noun in -ung is one noun, though no list has them all: Überzahlung, Wiederbewilligung.
_PREFIXES = tuple(fold("über unter vor nach rück wieder durch um aus auf ab an ein zu").split())

# What may link two parts and what that costs, by its first letter.
_NO_LINK = (("", 0.0),)
_LINKS = {
    "s": (*_NO_LINK, ("s", 0.4)),
    "n": (*_NO_LINK, ("n", 0.4)),
    "e": (*_NO_LINK, ("es", 1.5), ("en", 1.5), ("er", 1.5), ("e", 1.5), ("ens", 1.5)),
}
_ENDINGS = ("s", "es", "en", "n", "e", "er", "ern", "em")
SHORTEST_COMPOUND = 7
"""Letters; shorter words have no parts."""
_SHORTEST_PART = 3
_NESTED = 9
_LONGEST_WORD = 48
_REMEMBERED = 100_000


class _Path(NamedTuple):
    """The cheapest way found to a place in the word: its cost and the (start, end) of each part."""

    cost: float
    spans: tuple[tuple[int, int], ...]


class Lexicon:
    """Folded words that may be parts: nouns first, all others dearer. About 0.3 s and 40 MB for 350,000 words."""

    def __init__(self, nouns: frozenset[str], others: frozenset[str]) -> None:
        self._nouns = nouns
        self._others = others
        self._cost = lru_cache(_REMEMBERED)(self._part_cost)

    @classmethod
    def load(cls, path: Path = WORD_LIST) -> "Lexicon":
        """Read a list of one word a line. Without it nothing is split: a warning says so, search still works."""
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            _log.warning(
                "Wortliste %s fehlt (%s): Zusammensetzungen werden nicht zerlegt; Paket wngerman installieren und den "
                "Index neu aufbauen.",
                path,
                error.strerror,
            )
            return cls(frozenset(), frozenset())
        return cls(_words(text + "\n" + "\n".join(_FIELD_WORDS.split()), "[A-ZÄÖÜ]"), _words(text, "[a-zäöü]"))

    def __bool__(self) -> bool:
        return bool(self._nouns)

    def __contains__(self, word: str) -> bool:
        """Whether the folded word is of the list or put together of such."""
        return word in self._nouns or word in self._others or bool(self._spans(word))

    def listed(self, word: str) -> bool:
        """Whether the folded word itself stands in the list."""
        return word in self._nouns or word in self._others

    def is_noun(self, word: str) -> bool:
        """Whether the folded word itself stands in the list as a noun."""
        return word in self._nouns

    def parts(self, word: str) -> tuple[str, ...]:
        """Parts of a folded word as they stand in it, neighbouring ones also together; empty if it is no compound."""
        spans = self._spans(word)
        return tuple(dict.fromkeys(self._all_parts(word, spans))) if spans else ()

    def _all_parts(self, word: str, spans: tuple[tuple[int, int], ...]) -> Iterator[str]:
        for first in range(len(spans)):
            for last in range(first, len(spans)):
                start, end = spans[first][0], spans[last][1]
                if (start, end) != (0, len(word)):
                    yield word[start:end]
        for start, end in spans:
            if end - start >= _NESTED:
                yield from self._all_parts(word[start:end], self._spans(word[start:end]))

    def _spans(self, word: str) -> tuple[tuple[int, int], ...]:
        if not (SHORTEST_COMPOUND <= len(word) <= _LONGEST_WORD and self and word.isalpha()):
            return ()
        ways: dict[int, _Path] = {start: _Path(0.0, ()) for start in _adverb_ends(word)}
        for start in range(len(word)):
            if (way := ways.get(start)) is not None:
                self._extend(word, start, way, ways)
        best = ways.get(len(word))
        if best is None or best.spans[0] == (0, len(word)):
            return ()
        return best.spans

    def _extend(self, word: str, start: int, way: _Path, ways: dict[int, _Path]) -> None:
        """Enter every part that begins at `start`, with each linking element that may follow it."""
        size = len(word)
        for end in range(start + _SHORTEST_PART, size - _SHORTEST_PART + 1):
            cost = self._cost(word[start:end])
            if cost is None:
                continue
            spans = *way.spans, (start, end)
            for link, extra in _LINKS.get(word[end], _NO_LINK):
                after = end + len(link)
                if size - after >= _SHORTEST_PART and word.startswith(link, end):
                    _keep_cheaper(ways, after, _Path(way.cost + cost + extra, spans))
        if start and size - start >= _SHORTEST_PART and (last := self._last_cost(word[start:])) is not None:
            _keep_cheaper(ways, size, _Path(way.cost + last, (*way.spans, (start, size))))

    def _part_cost(self, part: str) -> float | None:
        """What a part costs: ten each, so that few long ones win; chance grows with shortness and with verbs."""
        size = len(part)
        if part in _NO_PARTS or (size <= _SHORTEST_PART and part not in _SHORT):
            return None
        kind = self._kind(part, size)
        if kind is None:
            return None
        return 10 + kind + (3 if size == 4 and part not in _SHORT else 0) - 0.3 * min(size, 10)

    def _kind(self, part: str, size: int) -> int | None:
        if part in self._nouns or part in _SHORT:
            return 0
        if size >= 4 and (part + "e" in self._nouns or part + "en" in self._others):
            return 1  # Miet- for Miete, Heiz- for heizen
        if part.endswith("ung") and any(part.removeprefix(prefix) in self._nouns for prefix in _PREFIXES):
            return 1
        return 2 if part in self._others else None

    def _last_cost(self, part: str) -> float | None:
        """The last part may be inflected: Mietverträgen."""
        cost = self._cost(part)
        if cost is not None or len(part) <= 4 or not part.endswith(_ENDINGS):
            return cost
        stripped = (self._cost(part.removesuffix(ending)) for ending in _ENDINGS if part.endswith(ending))
        costs = [cost for cost in stripped if cost is not None]
        return min(costs) + 0.3 if costs else None


def _words(text: str, first: str) -> frozenset[str]:
    """Words of at least three letters that begin so; abbreviations in capitals are left out."""
    return frozenset(fold("\n".join(re.findall(rf"^{first}[a-zäöüß]{{2,}}$", text, re.MULTILINE))).split("\n"))


def _adverb_ends(word: str) -> list[int]:
    """Where the first part may begin: at the start, or after an adverb such as neben- in Nebenkosten."""
    if not word.startswith(_ADVERBS):
        return [0]
    return [0, *(end for end in range(3, min(8, len(word) - _SHORTEST_PART)) if word[:end] in _ADVERBS)]


def _keep_cheaper(ways: dict[int, _Path], place: int, reached: _Path) -> None:
    known = ways.get(place)
    if known is None or reached.cost < known.cost:
        ways[place] = reached

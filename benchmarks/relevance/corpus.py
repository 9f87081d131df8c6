"""The generated files of a Kreis: documents of all types about each household, page by page, clean and as read."""

import random
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from benchmarks.relevance.facts import Household, Page, households, made_day
from benchmarks.relevance.noise import Noise, measured
from benchmarks.relevance.written import Pen
from search.port import PageEntry, Replacement, Word, Words

HOUSEHOLDS, SEED = 150, 20260722
_WORDING = Path(__file__).with_name("wording.toml")
_USUAL = ("HA", "BEW", "MIET", "KTO", "KTO", "KTO", "LOHN", "LOHN", "MITW", "HKA", "BKA")
_OTHERS = 5
_LINE, _LONG, _DIVIDED = 1_900, 11, 0.35
_LETTER, _ROW = 19, 52
_WORST = 0.8
_REFERENCE = {"office": 1.0, "form": 0.8, "citizen": 0.7, "agency": 0.4, "landlord": 0.2, "bank": 0.0, "employer": 0.0}
_SENDERS = {
    "office": "Jobcenter Kreis Musterstadt Postfach 1234 57072 Musterstadt",
    "landlord": "{landlord} Postfach 4711 57074 Grünhausen", "employer": "{employer} Industriestr. 5 57076 Altmühlen",
    "bank": "Sparkasse Musterkreis", "agency": "Kreisverwaltung Musterstadt Dienstgebäude Rathausplatz 1",
    "citizen": "{name} {street} {place}",
    "form": "Bitte in Druckbuchstaben ausfüllen. Eingangsstempel Dienststelle Team",
}  # fmt: skip
_GREETINGS = ("Sehr geehrte Damen und Herren,", "Guten Tag,", "Sehr geehrte Frau, sehr geehrter Herr,")
_CLOSINGS = ("Mit freundlichen Grüßen", "Hochachtungsvoll", "Mit freundlichem Gruß Im Auftrag")
# Said in letters of all kinds; what these mention in passing no page is about.
_FILLERS = (
    "Bitte teilen Sie uns Änderungen in Ihren Verhältnissen unverzüglich mit, insbesondere einen Umzug, die Aufnahme "
    "einer Arbeit oder die Änderung Ihrer Bankverbindung.",
    "Ihre Daten werden nach den Vorschriften des Zehnten Buches Sozialgesetzbuch verarbeitet. Näheres entnehmen Sie "
    "dem Merkblatt, das wir Ihnen auf Wunsch gerne zusenden.",
    "Eine Kopie dieses Schreibens haben wir zu Ihren Akten genommen. Bewahren Sie es bitte sorgfältig auf, da es bei "
    "anderen Stellen als Nachweis benötigt werden kann.",
    "Für Rückfragen stehen wir Ihnen unter der Rufnummer 0800 1234 {room} gerne zur Verfügung.",
    "Berücksichtigt wurden die Verhältnisse, die bis zum {date} bekannt waren; später eingegangene Unterlagen werden "
    "gesondert geprüft.",
    "Die Sprechzeiten sind montags bis freitags von 08:00 bis 12:30 Uhr sowie donnerstags von 14:00 bis 18:00 Uhr.",
    "Wir bitten um Verständnis, dass die Bearbeitung wegen der hohen Zahl der Eingänge einige Wochen dauern kann.",
    "Ich versichere, dass die Angaben zutreffend sind. Mir ist bekannt, dass unrichtige Angaben strafrechtlich "
    "verfolgt werden können.",
    "Einwendungen sind innerhalb von zwölf Monaten geltend zu machen. Belege können nach Vereinbarung eingesehen "
    "werden.",
    "Dieses Schreiben wurde mit Hilfe elektronischer Datenverarbeitung erstellt und ist ohne Unterschrift gültig.",
    "Bei Zahlungen geben Sie bitte immer das Zeichen {number} an, damit der Betrag richtig zugeordnet werden kann.",
    "Aus dem Vorgang {number} vom {date} geht hervor, dass {other} am Gespräch teilgenommen hat.",
    "Der Betrag von {amount} wurde am {date} gebucht.",
    "Anlagen: wie im Text erwähnt, in Kopie beigefügt. Originale erhalten Sie nach Prüfung zurück.",
)  # fmt: skip


class Wording(NamedTuple):
    """What documents of a type say; see wording.toml."""

    code: str
    sender: str
    about: Sequence[str]
    titles: Sequence[str]
    text: Sequence[str]


@cache
def wordings() -> dict[str, Wording]:
    """By type."""
    with _WORDING.open("rb") as file:
        found = tomllib.load(file)
    return {
        code: Wording(code, said["from"], said["about"], said["titles"], said["text"]) for code, said in found.items()
    }


def sentence(line: str) -> tuple[list[str], str]:
    """Subjects and pattern of a line of the wording."""
    if not line.startswith("["):
        return [], line
    subjects, _, text = line[1:].partition("] ")
    return subjects.split(), text


@cache
def sentences() -> tuple[str, ...]:
    """The patterns of all that is said anywhere."""
    said = [sentence(line)[1] for wording in wordings().values() for line in wording.text]
    return (*said, *_FILLERS, *(title for wording in wordings().values() for title in wording.titles))


@dataclass(frozen=True, eq=False)
class Corpus:
    """All pages, and how they were read; the same for the same number of households, seed and table of noise."""

    pages: tuple[Page, ...]
    read: tuple[tuple[Word, ...], ...]

    @cached_property
    def by_key(self) -> dict[str, int]:
        """Place of each page."""
        return {page.key: place for place, page in enumerate(self.pages)}

    def replacements(self) -> Iterator[Replacement]:
        """Each document as the service would index it."""
        documents: dict[str, list[PageEntry]] = {}
        for page, words in zip(self.pages, self.read, strict=True):
            documents.setdefault(page.document, []).append(_entry(page, words))
        for name, entries in documents.items():
            yield Replacement(name, 1, entries)


def _entry(page: Page, words: Sequence[Word]) -> PageEntry:
    return PageEntry(
        version=1, page=page.number, current=True, width=2480, height=3508, words=Words.of(words), title="",
        scope=page.household.scope, state="filed", receipt_date=made_day(random.Random(page.document)),
        case_file=page.household.case_file,
    )  # fmt: skip


@cache
def corpus(count: int = HOUSEHOLDS, seed: int = SEED) -> Corpus:
    """Some sixteen documents of one to three pages for each household; 150 households make over 3,000 pages."""
    dice, noise = random.Random(seed), measured()
    pages = [page for each in households(count, dice) for page in _file(each, noise, dice)]
    read = [tuple(noise.read(page.words, noise.pages[page.quality], dice)) for page in pages]
    return Corpus(tuple(pages), tuple(read))


def _file(household: Household, noise: Noise, dice: random.Random) -> Iterator[Page]:
    rare = [code for code in wordings() if code not in _USUAL]
    for number, code in enumerate([*_USUAL, *dice.sample(rare, _OTHERS)]):
        name = f"{household.case_file}-{number:02}"
        yield from _Document(name, wordings()[code], household, dice).pages(dice.randrange(len(noise.pages)), noise)


class _Document:
    def __init__(self, name: str, wording: Wording, household: Household, dice: random.Random) -> None:
        self._name, self._wording, self._household, self._dice = name, wording, household, dice
        self._pen = Pen(household, made_day(dice), dice)

    def pages(self, quality: int, noise: Noise) -> Iterator[Page]:
        lines = [*self._wording.text]
        self._dice.shuffle(lines)
        lines = lines[: max(2, round(len(lines) * self._dice.uniform(0.6, 1)))]
        count = self._dice.choices((1, 2, 3), (70, 20, 10))[0]
        for number in range(1, count + 1):
            page = Page(self._name, number, self._household, quality)
            page.facts.add(f"type:{self._wording.code}")
            if quality >= _WORST * len(noise.pages):
                page.facts.add("fax")
            self._pen.page = page
            page.words = list(
                laid_out(" ".join(self._text(page, lines[number - 1 :: count], count)).split(), self._dice)
            )
            yield page

    def _text(self, page: Page, lines: Sequence[str], count: int) -> Iterator[str]:
        yield from self._head(page) if page.number == 1 else self._further_head(page, count)
        said = [self._said(page, line) for line in lines]
        fillers = self._dice.sample(_FILLERS, self._dice.randint(2, 6))
        texts = said + [self._pen.fill(text) for text in fillers]
        self._dice.shuffle(texts)
        yield from texts
        if page.number == count:
            yield self._dice.choice(_CLOSINGS)

    def _head(self, page: Page) -> Iterator[str]:
        sender = self._wording.sender
        yield self._pen.fill(_SENDERS[sender])
        if sender == "citizen":
            yield "Jobcenter Kreis Musterstadt Postfach 1234 57072 Musterstadt"
        else:
            yield self._pen.fill("{name} {street} {place}")
        yield self._pen.fill(self._dice.choice(("Datum: {today}", "Musterstadt, den {today}", "{today}")))
        if self._dice.random() < _REFERENCE[sender]:
            yield self._pen.fill(
                self._dice.choice(("BG-Nummer: {bg}", "Nummer der Bedarfsgemeinschaft {bg}", "BG {bg}"))
            )
        yield self._pen.fill(self._dice.choice(self._wording.titles))
        for subject in self._wording.about:
            page.about(subject, 3)
        if sender not in {"form", "bank"}:
            yield self._dice.choice(_GREETINGS)

    def _further_head(self, page: Page, count: int) -> Iterator[str]:
        if self._dice.random() < _REFERENCE[self._wording.sender]:
            yield self._pen.fill("BG-Nummer {bg}, Schreiben vom {today}")
        yield f"Seite {page.number} von {count}"

    def _said(self, page: Page, line: str) -> str:
        subjects, pattern = sentence(line)
        for subject in subjects:
            page.about(subject, 2)
        page.facts.add(f"sentence:{pattern}")
        return self._pen.fill(pattern)


def laid_out(words: Sequence[str], dice: random.Random) -> Iterator[Word]:
    """Words in lines with boxes; now and then a long word is divided at a line's end."""
    left, top = 250, 300
    for word in words:
        for piece in _pieces(word, left, dice):
            if left + _LETTER * len(piece) > 250 + _LINE:
                left, top = 250, top + _ROW
            yield Word(piece, (left, top, left + _LETTER * len(piece), top + 38))
            left += _LETTER * (len(piece) + 1)


def _pieces(word: str, left: int, dice: random.Random) -> tuple[str, ...]:
    room = (250 + _LINE - left) // _LETTER - 1
    if len(word) > _LONG and word.isalpha() and 3 < room < len(word) - 3 and dice.random() < _DIVIDED:
        return word[:room] + "-", word[room:]
    return (word,)

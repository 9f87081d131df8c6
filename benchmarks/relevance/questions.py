"""What caseworkers type, and by which facts a page answers: drawn from facts and judged by facts alone."""

import hashlib
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from benchmarks.relevance.corpus import Corpus, corpus, sentences
from benchmarks.relevance.facts import Page, month_name, surname
from benchmarks.relevance.written import euros, in_groups, stripped, transcribed

EACH, SEED, MOST_PAGES = 24, 5, 40
"""Questions of each kind; no question has more pages that answer it than fit into the fifty looked at."""

# Where the page says it in a longer word, the question in a shorter one.
_SIMPLE = {
    "miete": "Miete", "heizkosten": "Heizkosten", "strom": "Strom", "unterhalt": "Unterhalt", "rente": "Rente",
    "lohn": "Lohn", "kaution": "Kaution", "urlaub": "Urlaub", "schule": "Schule", "kind": "Kind", "konto": "Konto",
    "nachzahlung": "Nachzahlung", "einkommen": "Einkommen", "bescheid": "Bescheid", "vermoegen": "Vermögen",
    "umzug": "Umzug", "fahrtkosten": "Fahrtkosten", "termin": "Termin", "pfaendung": "Pfändung", "klage": "Klage",
    "schimmel": "Schimmel", "guthaben": "Guthaben", "warmwasser": "Warmwasser", "auto": "Auto", "handy": "Handy",
    "mehrbedarf": "Mehrbedarf", "bewilligung": "Bewilligung", "wasser": "Wasser", "muell": "Müll", "antrag": "Antrag",
    "hausmeister": "Hausmeister", "ueberzahlung": "Überzahlung", "mitwirkung": "Mitwirkung", "schluessel": "Schlüssel",
    "darlehen": "Darlehen", "krankenversicherung": "Krankenversicherung", "bargeld": "Bargeld", "urteil": "Urteil",
}  # fmt: skip
# Where the question is one long word and the page may say it in several.
_LONG = {
    "heizkostenabrechnung": "Heizkostenabrechnung", "betriebskostenabrechnung": "Betriebskostenabrechnung",
    "mietvertrag": "Mietvertrag", "arbeitsvertrag": "Arbeitsvertrag", "mieterhoehung": "Mieterhöhung",
    "mietbescheinigung": "Mietbescheinigung", "lohnabrechnung": "Lohnabrechnung", "kontoauszug": "Kontoauszug",
    "einkommensbescheinigung": "Einkommensbescheinigung", "unterhaltsvorschuss": "Unterhaltsvorschuss",
    "weiterbewilligung": "Weiterbewilligungsantrag", "bewilligung bescheid": "Bewilligungsbescheid",
    "aufhebung bescheid": "Aufhebungsbescheid", "ueberpruefung": "Überprüfungsantrag",
    "ablehnung bescheid": "Ablehnungsbescheid", "rente bescheid": "Rentenbescheid",
    "aufenthalt": "Aufenthaltserlaubnis", "unterkunft": "Unterkunftskosten",
    "kindergeld bescheid": "Kindergeldbescheid", "minderung bescheid": "Minderungsbescheid", "kaution": "Mietkaution",
    "meldebescheinigung": "Meldebescheinigung", "geburt": "Geburtsurkunde", "massnahme": "Maßnahmezuweisung",
    "arbeitslosengeld bescheid": "Arbeitslosengeldbescheid", "aenderung bescheid": "Änderungsbescheid",
}  # fmt: skip
_INFLECTED = {
    "mietvertrag": "Mietverträge", "kontoauszug": "Kontoauszügen", "kuendigung": "Kündigungen", "konto": "Konten",
    "bescheid": "Bescheiden", "widerspruch": "Widersprüche", "nachzahlung": "Nachzahlungen", "darlehen": "Darlehens",
    "miete": "Mieten", "lohn": "Löhne", "kind": "Kindern", "schule": "Schulen", "termin": "Termine", "klage": "Klagen",
    "antrag": "Anträge", "rente": "Renten", "umzug": "Umzüge", "guthaben": "Guthabens", "vermoegen": "Vermögens",
    "einkommen": "Einkommens", "vollmacht": "Vollmachten", "gutachten": "Gutachtens", "massnahme": "Maßnahmen",
    "bewerbung": "Bewerbungen", "urteil": "Urteile", "ueberzahlung": "Überzahlungen", "arbeitgeber": "Arbeitgebers",
    "arzt": "Ärzte", "rechtsanwalt": "Rechtsanwälte", "betreuung": "Betreuungen", "kaution": "Kautionen",
    "heizkostenabrechnung": "Heizkostenabrechnungen", "arbeitsvertrag": "Arbeitsverträgen",
    "lohnabrechnung": "Lohnabrechnungen", "mieterhoehung": "Mieterhöhungen", "vermieter": "Vermieters",
}  # fmt: skip


@dataclass(frozen=True)
class Question:
    """A text typed, perhaps inside one case file; a page answers if it has all facts, as well as its subjects count."""

    kind: str
    text: str
    subjects: tuple[str, ...] = ()
    facts: frozenset[str] = frozenset()
    case_file: str | None = None

    @property
    def held_out(self) -> bool:
        """Told by the text alone, so that a question never changes its half."""
        said = f"{self.text}|{self.case_file}".encode()
        return hashlib.sha256(said).digest()[0] % 2 == 1

    def grade(self, page: Page) -> int:
        """3: this is it; 2: says something about it; 0: not what was asked for."""
        if self.case_file not in (None, page.household.case_file) or not self.facts <= page.facts:
            return 0
        return min((page.subjects.get(subject, 0) for subject in self.subjects), default=3)

    def judged(self, pages: Sequence[Page]) -> dict[str, int]:
        """Grade of each page that answers."""
        return {page.key: grade for page in pages if (grade := self.grade(page))}


Maker = Callable[[Page, random.Random], Question | None]


def _fact(page: Page, kind: str, dice: random.Random) -> str | None:
    """A fact of this kind from the page, without its kind."""
    found = sorted(fact for fact in page.facts if fact.startswith(f"{kind}:"))
    return dice.choice(found).partition(":")[2] if found else None


def _about(kind: str, words: dict[str, str]) -> Maker:
    """One word about a subject, and whom it concerns."""

    def made(page: Page, dice: random.Random) -> Question | None:
        fitting = [subjects for subjects in words if all(subject in page.subjects for subject in subjects.split())]
        if not fitting:
            return None
        subjects = dice.choice(fitting)
        return _concerning(kind, words[subjects], tuple(subjects.split()), page, dice)

    return made


def _concerning(kind: str, word: str, subjects: tuple[str, ...], page: Page, dice: random.Random) -> Question | None:
    """In an open case file, or with a firm, a surname, a full name or the number of the Bedarfsgemeinschaft."""
    firm = _fact(page, "firm", dice)
    ways = (
        ["case file"]
        + ["firm"] * (firm is not None)
        + ["surname", "person"] * (f"person:{page.household.name}" in page.facts)
    )
    ways += ["bg"] * (f"bg:{page.household.reference}" in page.facts)
    match dice.choice(ways):
        case "case file":
            return Question(kind, word, subjects, case_file=page.household.case_file)
        case "firm":
            return Question(kind, f"{word} {firm}", subjects, frozenset({f"firm:{firm}"}))
        case "surname":
            name = surname(page.household.name)
            return Question(kind, f"{word} {name}", subjects, frozenset({f"surname:{name}"}))
        case "person":
            name = page.household.name
            return Question(kind, f"{word} {name}", subjects, frozenset({f"person:{name}"}))
        case _:
            number = page.household.reference
            return Question(kind, f"{word} {number}", subjects, frozenset({f"bg:{number}"}))


def _respelled(text: str, dice: random.Random) -> str:
    return dice.choice((text, transcribed(text), stripped(text), transcribed(text).lower()))


def _umlauts(page: Page, dice: random.Random) -> Question | None:
    kind = dice.choice(("person", "address", "firm", "subject"))
    if kind == "subject":
        fitting = [subject for subject in _SIMPLE if subject in page.subjects and not _SIMPLE[subject].isascii()]
        if not fitting:
            return None
        subject = dice.choice(fitting)
        return Question("umlauts", transcribed(_SIMPLE[subject]), (subject,), case_file=page.household.case_file)
    value = _fact(page, kind, dice)
    if value is None or value.isascii():
        return None
    typed = _respelled(value, dice)
    if kind == "address":
        typed = typed.replace("strasse", dice.choice(("str.", "strasse")))
    return Question("umlauts", typed, (), frozenset({f"{kind}:{value}"}))


def _misread(page: Page, dice: random.Random) -> Question | None:
    """What stands on a badly scanned page: somebody's document, or a number."""
    if "fax" not in page.facts:
        return None
    if dice.random() < 0.5:
        words = {subject: word for subject, word in (_SIMPLE | _LONG).items() if subject in page.subjects}
        return _about("misread", words)(page, dice)
    return dice.choice((_references, _sums, _dates, _names))(page, dice)


def _references(page: Page, dice: random.Random) -> Question | None:
    kind = dice.choice(("bg", "bg", "bg", "number"))
    value = _fact(page, kind, dice)
    if value is None:
        return None
    typed = value
    if kind == "bg":
        office, number = value.split("//")
        typed = dice.choice(
            (value, f"{office}/{number}", f"{office} // {number}", f"{office}BG{number}", f"BG {value}")
        )
    return Question("references", typed, (), frozenset({f"{kind}:{value}"}))


def _sums(page: Page, dice: random.Random) -> Question | None:
    kind = dice.choice(("amount", "amount", "iban"))
    value = _fact(page, kind, dice)
    if value is None:
        return None
    if kind == "iban":
        typed = dice.choice((value, in_groups(value), value.lower()))
    else:
        written = euros(int(value))
        typed = dice.choice((written, written.replace(".", ""), f"{written} Euro", f"{written} €"))
    return Question("sums", typed, (), frozenset({f"{kind}:{value}"}))


def _names(page: Page, dice: random.Random) -> Question | None:
    kind = dice.choice(("person", "person", "firm", "address"))
    value = _fact(page, kind, dice)
    if value is None:
        return None
    typed = value
    if kind == "person":
        forename = value.removesuffix(surname(value)).strip()
        typed = dice.choice((value, f"{surname(value)}, {forename}", f"{surname(value)} {forename}", value.lower()))
    return Question("names", typed, (), frozenset({f"{kind}:{value}"}))


def _phrases(page: Page, dice: random.Random) -> Question | None:
    """Three to five words in a row of a sentence, in quotation marks, perhaps in an open case file."""
    pattern = _fact(page, "sentence", dice)
    rows = [row.split() for row in re.split(r"\{\w+\}|[.,:;]", pattern or "") if len(row.split()) > 2]
    if not rows:
        return None
    row = dice.choice(rows)
    size = min(len(row), dice.choice((3, 4, 5)))
    start = dice.randrange(len(row) - size + 1)
    typed = " ".join(row[start : start + size])
    if sum(typed in each for each in sentences()) > 1:
        return None
    inside = page.household.case_file if dice.random() < 0.5 else None
    return Question("phrases", f'"{typed}"', (), frozenset({f"sentence:{pattern}"}), inside)


def _dates(page: Page, dice: random.Random) -> Question | None:
    value = _fact(page, dice.choice(("date", "date", "month")), dice)
    if value is None:
        return None
    if len(value) == 7:
        day = date.fromisoformat(f"{value}-01")
        typed = dice.choice((f"{month_name(day)} {day.year}", f"{day:%m/%Y}", f"{day.month}/{day.year}"))
        return Question("dates", typed, (), frozenset({f"month:{value}"}), page.household.case_file)
    day = date.fromisoformat(value)
    ways = (
        f"{day:%d.%m.%Y}",
        f"{day.day}. {month_name(day)} {day.year}",
        f"{day.day}.{day.month}.{day.year}",
        f"{day:%d.%m.%y}",
    )
    return Question("dates", dice.choice(ways), (), frozenset({f"date:{value}"}))


def _together(page: Page, dice: random.Random) -> Question | None:
    """A subject, whom it concerns, and a month, sum or firm."""
    words = {subject: word for subject, word in (_SIMPLE | _LONG).items() if subject in page.subjects}
    asked = _about("together", words)(page, dice)
    kind = dice.choice(("month", "month", "amount", "firm", "date"))
    value = _fact(page, kind, dice)
    if asked is None or value is None:
        return None
    ways = {"amount": lambda: euros(int(value)), "firm": lambda: value.split()[-2], "month": lambda: _month(value)}
    typed = ways.get(kind, lambda: date.fromisoformat(value).strftime("%d.%m.%Y"))()
    facts = asked.facts | {f"{kind}:{value}"}
    return Question("together", f"{asked.text} {typed}", asked.subjects, facts, asked.case_file)


def _month(value: str) -> str:
    day = date.fromisoformat(f"{value}-01")
    return f"{month_name(day)} {day.year}"


KINDS: dict[str, Maker] = {
    "long words on the page": _about("long words on the page", _SIMPLE),
    "long words asked for": _about("long words asked for", _LONG),
    "inflection": _about("inflection", _INFLECTED),
    "umlauts": _umlauts, "misread": _misread, "references": _references, "sums": _sums, "names": _names,
    "phrases": _phrases, "dates": _dates, "together": _together,
}  # fmt: skip


@cache
def questions(pages: Corpus | None = None, each: int = EACH, seed: int = SEED) -> tuple[Question, ...]:
    """So many of each kind, no two alike."""
    return tuple(question for kind in KINDS for question in _drawn(kind, pages or corpus(), each, seed))


def _drawn(kind: str, pages: Corpus, each: int, seed: int) -> Iterator[Question]:
    dice, seen = random.Random(f"{seed} {kind}"), set[Question]()
    words: dict[tuple[str, ...], int] = {}
    while len(seen) < each:
        made = KINDS[kind](dice.choice(pages.pages), dice)
        # every subject once before any comes twice, so that frequent ones do not crowd out the others
        if made is None or made in seen or (made.subjects and words.get(made.subjects, 0) > len(seen) // 12):
            continue
        if len(made.judged(pages.pages)) <= MOST_PAGES:
            seen.add(made)
            words[made.subjects] = words.get(made.subjects, 0) + 1
            yield Question(kind, made.text, made.subjects, made.facts, made.case_file)

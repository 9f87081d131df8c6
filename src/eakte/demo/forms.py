"""Application forms with boxes, ticks and typed or handwritten entries, modelled on what citizens fill in."""

from eakte.demo.invented import Invention
from eakte.demo.paper import Face, Order, Paper

_TITLES = (
    ("HA", "Hauptantrag Bürgergeld"),
    ("KDU", "Anlage KDU - Kosten der Unterkunft und Heizung"),
    ("EK", "Anlage EK - Einkommenserklärung"),
    ("VAEM", "Veränderungsmitteilung"),
    ("VM", "Anlage VM - Vermögen"),
)
_PRINTED = (Face("lsans", 10), Face("carlito", 10), Face("noto", 10), Face("lnarrow", 10))
_ENTRIES = (Face("lmono", 10), Face("lserif", 11), Face("noto", 10), Face("lmono", 11))
_QUESTIONS = (
    "Ich bin alleinerziehend.",
    "Ich habe in den letzten sechs Monaten Einkommen aus selbständiger Tätigkeit erzielt.",
    "Für mich wurde eine Betreuerin oder ein Betreuer bestellt.",
    "Ich bin werdende Mutter. Voraussichtlicher Entbindungstermin liegt vor.",
    "Ich beziehe Leistungen nach dem Asylbewerberleistungsgesetz.",
    "Es besteht ein Anspruch auf Wohngeld oder Kinderzuschlag.",
)
_COSTS = (
    "Grundmiete (ohne Heizung und Nebenkosten) monatlich",
    "Nebenkosten monatlich",
    "Heizkosten monatlich",
    "Sonstige Wohnkosten monatlich",
)
_ASSURANCE = (
    "Ich versichere, dass die Angaben zutreffend sind. Künftige Änderungen, insbesondere der Familien-, Einkommens- "
    "und Vermögensverhältnisse, werde ich unaufgefordert und unverzüglich mitteilen. Mir ist bekannt, dass unrichtige "
    "Angaben zur Rückforderung führen und strafrechtlich verfolgt werden können."
)


def form_for(code: str) -> int:
    """The variant whose form has this document type. Raises ValueError for a type without form."""
    return [kind for kind, _ in _TITLES].index(code)


def form(paper: Paper, invention: Invention, order: Order) -> None:
    """One sheet of a form; further sheets have no head and repeat questions and sums."""
    printed = _PRINTED[order.variant % 4]
    entry = Face("hand", 14) if order.hand else _ENTRIES[order.variant % 4]
    paper.type, title = _TITLES[order.variant % len(_TITLES)]
    if order.sheet == 1:
        y = _head(paper, invention, order, title, printed, entry)
    else:
        y = _further_head(paper, order, title, printed, entry)
    y = _questions(paper, invention, y, printed)
    y = _costs(paper, invention, y, printed, entry)
    if order.sheet == order.sheets:
        _signature(paper, invention, y, printed, entry)


def _head(paper: Paper, invention: Invention, order: Order, title: str, printed: Face, entry: Face) -> float:
    paper.text(20, 20, title, printed.bold.sized(16))
    hint = "Bitte füllen Sie den Antrag in Druckbuchstaben aus. Die grauen Felder sind vom Jobcenter auszufüllen."
    paper.text(20, 27, hint, printed.sized(8))
    if order.reference:
        paper.text(20, 33, "Nummer der Bedarfsgemeinschaft (falls vorhanden)", printed.sized(7))
        paper.text(85, 33, paper.names(order.reference), entry)
    paper.box(130, 32, 60, 26, grey=0.9)
    labels = ["Eingangsstempel", "Tag der Antragstellung", "Dienststelle", "Team"]
    paper.lines(132, 36.5, 6, labels, printed.sized(7))
    paper.text(20, 40, "1. Persönliche Daten der antragstellenden Person", printed.bold.sized(11))
    y = _person(paper, invention, printed, entry) + 8
    paper.text(20, y, "2. Angaben zu den Wohnverhältnissen und zum Einkommen", printed.bold.sized(11))
    return y + 4


def _further_head(paper: Paper, order: Order, title: str, printed: Face, entry: Face) -> float:
    paper.text(20, 16, f"{title}, Seite {order.sheet} von {order.sheets}", printed.sized(8))
    if order.reference:
        paper.text(20, 24, "Nummer der Bedarfsgemeinschaft", printed.sized(7))
        paper.text(85, 24, paper.names(order.reference), entry)
    paper.text(20, 34, f"{order.sheet + 1}. Weitere Angaben", printed.bold.sized(11))
    return 40.0


def _person(paper: Paper, invention: Invention, printed: Face, entry: Face) -> float:
    y = 62.0
    for row in _person_rows(invention):
        x = 20.0
        for label, value, width in row:
            paper.box(x, y, width, 11)
            paper.text(x + 1.2, y + 3, label, printed.sized(6.5))
            paper.text(x + 2, y + 9, value, entry)
            x += width
        y += 11
    return y


def _person_rows(invention: Invention) -> list[list[tuple[str, str, float]]]:
    who = invention.address()
    insured = f"{invention.digits(2)} {invention.digits(6)} {invention.pick('KMSW')} {invention.digits(3)}"
    nation = invention.pick(["deutsch", "türkisch", "ukrainisch", "rumänisch"])
    forename = who.name.rsplit(maxsplit=1)[0]
    title = invention.pick(["Frau", "Herr"])
    return [
        [("Anrede", title, 25), ("Vorname", forename, 70), ("Familienname", who.surname, 75)],
        [("Geburtsdatum", invention.date(), 40), ("Geburtsort", who.place, 60), ("Staatsangehörigkeit", nation, 70)],
        [("Straße, Hausnummer", who.street, 100), ("ggf. wohnhaft bei", "", 70)],
        [("Postleitzahl", who.town[:5], 40), ("Wohnort", who.place, 130)],
        [("Rentenversicherungsnummer", insured, 80), ("Telefonnummer", invention.phone(), 90)],
        [("Kontoinhaber/in", who.name, 70), ("IBAN", invention.iban(), 100)],
    ]


def _questions(paper: Paper, invention: Invention, y: float, printed: Face) -> float:
    small = printed.sized(8.5)
    for question in _QUESTIONS:
        paper.box(20, y, 170, 8, line=0.4)
        paper.text(22, y + 5.3, question, small)
        ticked = 158 if invention.happens(0.5) else 173
        for x, answer in ((158, "Ja"), (173, "Nein")):
            paper.box(x, y + 2, 4, 4)
            paper.text(x + 6, y + 5.3, answer, small)
        paper.rule(ticked, y + 2, ticked + 4, y + 6, 0.8)
        paper.rule(ticked + 4, y + 2, ticked, y + 6, 0.8)
        y += 8
    return y + 6


def _costs(paper: Paper, invention: Invention, y: float, printed: Face, entry: Face) -> float:
    rows = [(label, invention.euro(900), "Euro") for label in _COSTS]
    rows += [("Gesamtfläche der Wohnung", str(invention.number(20, 120)), "m²")]
    for label, value, unit in rows:
        paper.text(22, y + 5, label, printed.sized(9))
        paper.box(130, y, 45, 7)
        paper.text(172, y + 5, value, entry, right=True)
        paper.text(178, y + 5, unit, printed.sized(9))
        y += 9
    return y + 4


def _signature(paper: Paper, invention: Invention, y: float, printed: Face, entry: Face) -> None:
    y = paper.paragraph(20, y, 170, _ASSURANCE, printed.sized(8)) + 10
    paper.text(22, y, f"{invention.address().place}, {invention.date()}", entry)
    paper.rule(20, y + 1.5, 80, y + 1.5)
    paper.rule(110, y + 1.5, 190, y + 1.5)
    paper.text(20, y + 5, "Ort, Datum", printed.sized(7))
    paper.text(110, y + 5, "Unterschrift der antragstellenden Person", printed.sized(7))

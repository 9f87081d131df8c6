"""Bank statements: bookings in three lines each, the Jobcenter's payment among them."""

from eakte.demo.invented import Invention, choices
from eakte.demo.paper import Face, Order, Paper

_FACES = (Face("lsans", 9), Face("lmono", 8), Face("opensans", 8), Face("carlito", 9))
_BANKS = choices(
    "Sparkasse Musterkreis|Volksbank Münsterland Nord|Stadtbank Köln|Genossenschaftsbank Essen|Direktbank Süd"
)
_PAYMENT = ("Gutschrift", "Jobcenter {place} Kreiskasse", "BG {reference} Bürgergeld {month}")
_BOOKINGS = (
    ("Lastschrift", "Stadtwerke {place}", "Abschlag Strom Kd-Nr. {long}"),
    ("Kartenzahlung", "Lebensmittelmarkt//{place}/DE", "Girocard Folgenr. 003 Verfalld. 1228"),
    ("Dauerauftrag", "Wohnungsbaugenossenschaft Grüne Höfe eG", "Miete Whg. 3. OG links"),
    ("Lastschrift", "Mobilfunk Nord GmbH & Co. OHG", "Rechnung {long} Mobilfunk"),
    ("Gutschrift", "Familienkasse {place}", "Kindergeld KG{long}FK{long}"),
    ("Auszahlung", "Geldautomat {place} Hauptstraße", "GA NR{long} BLZ00050198"),
    ("Überweisung", "Rechtsanwältin {name}", "Az. {long}/25 Rate 4 von 12"),
    ("Kartenzahlung", "Drogerie {place} sagt Danke", "2025-03-11T17:42 Karte 2"),
    ("Lastschrift", "Beitragsservice Rundfunk", "Rundfunkbeitrag Beitragsnr. {long}"),
    ("Entgelt", "Kontoführung Basiskonto", "Abschluss per {date}"),
)
_NOTICE = (
    "Bitte beachten Sie die Rückseite. Einwendungen wegen Unrichtigkeit oder Unvollständigkeit eines "
    "Rechnungsabschlusses sind spätestens vor Ablauf von sechs Wochen nach dessen Zugang zu erheben."
)


def statement(paper: Paper, invention: Invention, order: Order) -> None:
    """One sheet; with a given reference two bookings name it."""
    paper.type = "KTO"
    face = _FACES[order.variant % 4]
    _head(paper, invention, order, face)
    y = 77.0
    paper.text(58, y, f"Alter Kontostand vom {invention.date()}", face.bold)
    paper.text(190, y, f"{invention.euro()} +", face.bold, right=True)
    y = _bookings(paper, invention, order, face, y + 7)
    paper.rule(20, y - 4, 190, y - 4, 0.8)
    paper.text(58, y + 1, f"Neuer Kontostand vom {invention.date()}", face.bold)
    paper.text(190, y + 1, f"{invention.euro()} +", face.bold, right=True)
    paper.paragraph(20, 281, 170, _NOTICE, face.sized(6))


def _head(paper: Paper, invention: Invention, order: Order, face: Face) -> None:
    paper.text(20, 20, invention.pick(_BANKS), face.bold.sized(15))
    title = f"Kontoauszug {invention.number(1, 12)}/{invention.number(2021, 2026)}"
    paper.text(190, 20, title, face.bold.sized(11), right=True)
    paper.text(190, 26, f"Blatt {order.sheet} von {order.sheets}", face.sized(8), right=True)
    paper.lines(20, 40, 5, invention.address(), face.sized(10))
    facts = [("Kontonummer", invention.digits(7)), ("IBAN", invention.iban()), ("BIC", "TESTDE33XXX")]
    facts += [("Erstellungsdatum", invention.date()), ("Kontoart", "Girokonto (Pfändungsschutzkonto)")]
    for place, (label, value) in enumerate(facts):
        paper.text(115, 38 + 4.5 * place, label, face.sized(8))
        paper.text(190, 38 + 4.5 * place, value, face.sized(8), right=True)
    paper.rule(20, 65, 190, 65, 0.8)
    for x, label in ((20, "Buchung"), (40, "Wert"), (58, "Vorgang / Verwendungszweck")):
        paper.text(x, 70, label, face.bold)
    paper.text(190, 70, "Betrag EUR", face.bold, right=True)
    paper.rule(20, 72, 190, 72, 0.8)


def _bookings(paper: Paper, invention: Invention, order: Order, face: Face, y: float) -> float:
    for row in range(13):
        pays = order.reference and row in {3, 9}
        kind, partner, purpose = _PAYMENT if pays else invention.pick(_BOOKINGS)
        given = {"reference": paper.names(order.reference)} if order.reference and pays else {}
        day = invention.date()[:6]
        paper.text(20, y, day, face)
        paper.text(40, y, day, face)
        paper.text(58, y, kind, face.bold)
        paper.text(190, y, invention.euro(900) + (" +" if kind == "Gutschrift" else " -"), face, right=True)
        paper.text(58, y + 4.2, invention.fill(partner), face)
        paper.text(58, y + 8.4, invention.fill(purpose, **given), face)
        y += 14.2
    return y

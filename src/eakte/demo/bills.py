"""Yearly bills for heating and running costs: a letter around a ruled table."""

from eakte.demo.invented import NAMES, Invention, choices
from eakte.demo.paper import Face, Order, Paper

_FACES = (Face("lsans", 9.5), Face("carlito", 10), Face("dejavu", 8), Face("lserif", 10))
_EDGES = (20, 82, 112, 140, 165, 190)
_HEADS = ("Kostenart", "Gesamtkosten", "Umlageschlüssel", "Anteil", "Ihre Kosten")
_RUNNING = choices(
    "Grundsteuer|Wasserversorgung|Entwässerung|Müllabfuhr|Straßenreinigung|Gebäudereinigung|Gartenpflege|Beleuchtung|"
    "Schornsteinfeger|Sach- und Haftpflichtversicherung|Hauswart|Kabelanschluss|Rauchwarnmelder Wartung"
)
_HEATING = choices(
    "Heizung (70 % Verbrauch)|Heizung (30 % Fläche)|Warmwasser (70 % Verbrauch)|Warmwasser (30 % Fläche)|"
    "Brennstoffkosten|Betriebsstrom der Heizung|Wartung der Heizungsanlage|Messdienst, Geräte und Ablesung|"
    "Emissionsmessung"
)
_SUMS = ("Summe der umlagefähigen Kosten", "abzüglich geleisteter Vorauszahlungen", "Nachzahlung zu unseren Gunsten")
_KINDS = (("BKA", "Betriebskostenabrechnung", _RUNNING), ("HKA", "Heizkostenabrechnung", _HEATING))
_OPENING = (
    "anbei erhalten Sie die Abrechnung über die {kind} für den Zeitraum vom {date} bis {date}. Der Abrechnung liegt "
    "eine Wohnfläche von 61,25 m² bei einer Gesamtfläche von 1.284,70 m² zugrunde."
)
_CLOSING = (
    "Bitte überweisen Sie den Nachzahlungsbetrag bis spätestens {date} auf das Konto {iban}. Einwendungen gegen die "
    "Abrechnung sind gemäß § 556 Abs. 3 BGB innerhalb von zwölf Monaten geltend zu machen. Belege können nach "
    "Terminvereinbarung eingesehen werden."
)


def bill(paper: Paper, invention: Invention, order: Order) -> None:
    """Running costs (even variants) or heating (odd); a given reference stands as the tenant's remark."""
    face = _FACES[order.variant % 4]
    paper.type, title, costs = _KINDS[order.variant % 2]
    sender = invention.address()
    paper.text(20, 20, "Hausverwaltung Grünwald & Partner", face.bold.sized(13))
    paper.text(20, 26, f"{sender.street} · {sender.town} · Tel. {invention.phone()}", face.sized(8))
    paper.lines(20, 42, 5, invention.address(), face.sized(10))
    paper.text(190, 52, f"{sender.place}, {invention.date()}", face, right=True)
    if order.reference:
        paper.text(190, 32, f"BG-Nummer: {paper.names(order.reference)}", face.sized(10), right=True)
    paper.text(20, 66, f"{title} {invention.number(2020, 2025)}", face.bold.sized(13))
    opening = invention.fill(_OPENING, kind="Heizkosten" if paper.type == "HKA" else "Betriebskosten")
    y = paper.paragraph(20, 74, 170, opening, face) + 5
    y = _sums(paper, invention, face, _table(paper, invention, face, y, costs))
    y = paper.paragraph(20, y + 4, 170, invention.fill(_CLOSING), face)
    paper.text(20, y + 6, "Mit freundlichen Grüßen", face)
    paper.text(20, y + 18, invention.pick(NAMES), face)


def _table(paper: Paper, invention: Invention, face: Face, y: float, costs: tuple[str, ...]) -> float:
    top = y - 4.8
    paper.rule(20, top, 190, top, 0.4)
    _row(paper, y, _HEADS, face.bold.sized(face.size - 1.5))
    paper.rule(20, y + 2, 190, y + 2, 0.4)
    y += 6.6
    for cost in costs:
        key = invention.pick(["m² Wfl.", "Personen", "Einheiten", "Verbrauch"])
        share = f"{invention.number(1, 99)},{invention.digits(2)} %"
        _row(paper, y, (cost, invention.euro(9000), key, share, invention.euro(700)), face.sized(face.size - 1))
        paper.rule(20, y + 1.9, 190, y + 1.9, 0.4)
        y += 6.3
    for x in _EDGES:
        paper.rule(x, top, x, y - 4.4, 0.4)
    return y + 2


def _row(paper: Paper, y: float, cells: tuple[str, ...], face: Face) -> None:
    paper.text(_EDGES[0] + 1, y, cells[0], face)
    for edge, cell in zip(_EDGES[2:], cells[1:], strict=True):
        paper.text(edge - 1, y, cell, face, right=True)


def _sums(paper: Paper, invention: Invention, face: Face, y: float) -> float:
    for label in _SUMS:
        paper.text(82, y, label, face.bold)
        paper.text(189, y, invention.euro(2500), face.bold, right=True)
        y += 5.6
    return y

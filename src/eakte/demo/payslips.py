"""Payslips as payroll programs print them: small type, many columns."""

from eakte.demo.invented import MONTHS, Invention, choices
from eakte.demo.paper import Face, Order, Paper

_FACES = (Face("lmono", 8), Face("lsans", 8), Face("lnarrow", 9), Face("dejavu", 7))
_FIRMS = choices(
    "Gebäudereinigung Schäfer GmbH|Bäckerei Höflinger KG|Pflegedienst Sonnenhügel gGmbH|"
    "Logistik Nürnberger & Söhne OHG|Elektro Köhler e. K."
)
_INSURERS = choices("AOK Musterland|Krankenkasse Mitte|Betriebskrankenkasse Süd|IKK Südwest")
_WAGES = (
    ("1000", "Stundenlohn"),
    ("1010", "Gehalt"),
    ("1220", "Überstundenzuschlag 25 %"),
    ("1310", "Nachtarbeitszuschlag steuerfrei"),
    ("1400", "Urlaubsentgelt"),
    ("2000", "Vermögenswirksame Leistungen AG"),
    ("2305", "Fahrtkostenzuschuss pauschal"),
    ("3100", "Einmalzahlung (Weihnachtsgeld)"),
    ("8110", "Sachbezug Verpflegung"),
)
_COLUMNS = (
    ("Lohnart", 22, False),
    ("Bezeichnung", 38, False),
    ("Einheit", 92, False),
    ("Menge", 118, True),
    ("Faktor", 136, True),
    ("St", 142, False),
    ("SV", 149, False),
    ("GB", 156, False),
    ("Betrag", 188, True),
)
_DEDUCTIONS = choices(
    "Steuerbrutto|Lohnsteuer|Kirchensteuer|Solidaritätszuschlag|KV-Brutto|KV-Beitrag|RV-Beitrag|AV-Beitrag|PV-Beitrag"
)
_NET = choices("Netto-Verdienst|Vorschuss|Pfändung|Auszahlungsbetrag")


def payslip(paper: Paper, invention: Invention, order: Order) -> None:
    """One month; payslips carry no case reference."""
    paper.type = "LOHN"
    face = _FACES[order.variant % 4]
    firm = invention.address()
    paper.text(20, 18, invention.pick(_FIRMS), face.bold.sized(10))
    paper.text(20, 23, f"{firm.street}, {firm.town}", face)
    paper.text(120, 18, "Abrechnung der Brutto/Netto-Bezüge", face.bold.sized(10))
    paper.text(120, 23, f"für {invention.pick(MONTHS)} {invention.number(2021, 2026)}", face.sized(9))
    _master_data(paper, invention, face)
    paper.lines(25, 72, 4.5, invention.address(), face.sized(10))
    y = _wages(paper, invention, face)
    y = _sums(paper, invention, face, y, "Steuer/Sozialversicherung", _DEDUCTIONS)
    y = _sums(paper, invention, face, y, "Nettoabzüge / Verdienstbescheinigung", _NET)
    paper.text(22, y + 2, f"Auszahlung auf IBAN {invention.iban()}", face)
    notice = "Entgeltbescheinigung gemäß § 108 Abs. 3 Satz 1 GewO. Bitte sorgfältig aufbewahren."
    paper.text(22, y + 8, notice, face.sized(6.5))


def _master_data(paper: Paper, invention: Invention, face: Face) -> None:
    paper.box(20, 30, 170, 32)
    for place, (label, value) in enumerate(_facts(invention)):
        x, y = 22 + 34 * (place % 5), 34.5 + 10.3 * (place // 5)
        paper.text(x, y, label, face.sized(6.5))
        paper.text(x, y + 4.3, value, face)


def _facts(invention: Invention) -> list[tuple[str, str]]:
    return [
        ("Personal-Nr.", invention.digits(5)),
        ("Geburtsdatum", invention.date()),
        ("Steuerklasse", str(invention.number(1, 6))),
        ("Faktor", "0,000"),
        ("Kinderfreibeträge", invention.pick(["0,0", "0,5", "1,0", "2,0"])),
        ("Konfession", invention.pick(["rk", "ev", "--"])),
        ("SV-Nummer", f"{invention.digits(8)}{invention.pick('BGHK')}{invention.digits(3)}"),
        ("Krankenkasse", invention.pick(_INSURERS)),
        ("KK %", "14,60"),
        ("PGRS", invention.pick(["101", "109", "110"])),
        ("BGRS", "1111"),
        ("St-Tage", "30"),
        ("SV-Tage", "30"),
        ("Eintritt", invention.date()),
        ("Steuer-ID", invention.digits(11)),
    ]


def _wages(paper: Paper, invention: Invention, face: Face) -> float:
    paper.box(20, 90.5, 170, 6.5, line=0.5, grey=0.85)
    for head, x, right in _COLUMNS:
        paper.text(x, 95, head, face.bold, right=right)
    y = 101.5
    for code, name in _WAGES:
        if invention.happens(0.75):
            _wage(paper, invention, face, y, code, name)
            y += 5
    paper.rule(20, y - 2, 190, y - 2)
    paper.text(136, y + 3, "Gesamt-Brutto", face.bold)
    paper.text(188, y + 3, invention.euro(3200), face.bold, right=True)
    return y + 12


def _wage(paper: Paper, invention: Invention, face: Face, y: float, code: str, name: str) -> None:
    unit = invention.pick(["Std.", "Monat", "Tage", "EUR"])
    marks = [invention.pick("LSFP"), invention.pick("LFE"), "J"]
    values = [code, name, unit, invention.euro(180), invention.euro(25), *marks, invention.euro(2400)]
    for (_, x, right), value in zip(_COLUMNS, values, strict=True):
        paper.text(x, y, value, face, right=right)


def _sums(paper: Paper, invention: Invention, face: Face, y: float, title: str, rows: tuple[str, ...]) -> float:
    paper.box(20, y - 4.5, 170, 6.5, line=0.5, grey=0.85)
    paper.text(22, y, title, face.bold)
    paper.text(150, y, "lfd. Monat", face.bold, right=True)
    paper.text(188, y, "Jahreswerte", face.bold, right=True)
    y += 6.5
    for label in rows:
        paper.text(22, y, label, face)
        paper.text(150, y, invention.euro(3000), face, right=True)
        paper.text(188, y, invention.euro(30000), face, right=True)
        y += 4.8
    return y + 4

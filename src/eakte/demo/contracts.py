"""Tenancy contracts: dense clauses, every third variant in two columns."""

from eakte.demo.invented import Invention
from eakte.demo.paper import Face, Order, Paper

_FACES = (Face("lserif", 9.5), Face("caladea", 9), Face("notoserif", 8.5), Face("lsans", 9), Face("carlito", 10))
_CLAUSES = (
    (
        "Mietsache",
        "Vermietet wird im Haus {street} zu Wohnzwecken die Wohnung im {floor}. Obergeschoss, bestehend aus Küche, "
        "Bad/WC, Flur, Kellerraum und Stellplatz. Die Wohnfläche beträgt ca. 58,40 m² und gilt nicht als zugesicherte "
        "Eigenschaft.",
    ),
    (
        "Mietdauer",
        "Das Mietverhältnis beginnt am {date} und läuft auf unbestimmte Zeit. Die Kündigungsfrist richtet sich nach "
        "den gesetzlichen Bestimmungen des § 573c BGB.",
    ),
    (
        "Miete und Nebenkosten",
        "Die monatliche Grundmiete beträgt {euro} EUR. Neben der Miete werden Vorauszahlungen auf die Betriebskosten "
        "gemäß § 2 BetrKV in Höhe von {euro} EUR sowie für Heizung und Warmwasser in Höhe von {euro} EUR erhoben. "
        "Über die Vorauszahlungen wird jährlich abgerechnet.",
    ),
    (
        "Zahlung der Miete",
        "Die Gesamtmiete ist monatlich im Voraus, spätestens bis zum dritten Werktag eines jeden Monats, kostenfrei "
        "auf das Konto IBAN {iban} zu zahlen. Für die Rechtzeitigkeit der Zahlung kommt es auf den Eingang des Geldes "
        "an.",
    ),
    (
        "Mietsicherheit",
        "Der Mieter leistet bei Beginn des Mietverhältnisses eine Kaution in Höhe von {euro} EUR. Der Mieter ist "
        "berechtigt, die Sicherheitsleistung in drei gleichen monatlichen Teilzahlungen zu erbringen.",
    ),
    (
        "Schönheitsreparaturen",
        "Der Mieter ist verpflichtet, während der Mietzeit die erforderlichen Schönheitsreparaturen fachgerecht "
        "auszuführen. Hierzu gehören das Tapezieren und Anstreichen der Wände und Decken, das Streichen der Heizkörper "
        "einschließlich der Heizrohre sowie der Innentüren.",
    ),
    (
        "Tierhaltung",
        "Kleintiere wie Wellensittiche oder Zierfische dürfen ohne Zustimmung gehalten werden, soweit sich die Anzahl "
        "in den üblichen Grenzen hält. Jede weitergehende Tierhaltung bedarf der Erlaubnis des Vermieters.",
    ),
    (
        "Hausordnung",
        "Die als Anlage beigefügte Hausordnung ist Bestandteil dieses Vertrages. Ruhezeiten sind täglich von 22:00 bis "
        "06:00 Uhr sowie von 13:00 bis 15:00 Uhr einzuhalten; Treppenhausreinigung erfolgt im wöchentlichen Wechsel.",
    ),
    (
        "Betreten der Mieträume",
        "Der Vermieter oder von ihm Beauftragte dürfen die Mieträume nach rechtzeitiger Ankündigung zur Prüfung ihres "
        "Zustands oder zum Ablesen von Messgeräten betreten. Bei Gefahr im Verzug ist der Zutritt jederzeit zu "
        "gewähren.",
    ),
    (
        "Sonstige Vereinbarungen",
        "Änderungen und Ergänzungen dieses Vertrages bedürfen der Schriftform. Sollte eine Bestimmung unwirksam sein, "
        "so bleibt die Wirksamkeit der übrigen Vereinbarungen unberührt.",
    ),
)


def contract(paper: Paper, invention: Invention, order: Order) -> None:
    """One sheet of a contract; contracts carry no case reference."""
    paper.type = "MIET"
    face = _FACES[order.variant % len(_FACES)]
    top = _head(paper, invention, face) if order.sheet == 1 else _further_head(paper, order, face)
    _clauses(paper, invention, order, face, top)
    if order.sheet == order.sheets:
        paper.text(22, 282, f"{invention.address().place}, den {invention.date()}", face)
        paper.rule(22, 284, 85, 284)
        paper.rule(120, 284, 190, 284)
        paper.text(22, 288, "Ort, Datum", face.sized(7))
        paper.text(120, 288, "Unterschriften Vermieter und Mieter", face.sized(7))


def _head(paper: Paper, invention: Invention, face: Face) -> float:
    title = face.bold.sized(15)
    paper.text(105 - title.width("Wohnraummietvertrag") / 2, 20, "Wohnraummietvertrag", title)
    landlord, tenant = invention.address(), invention.address()
    parties = (
        f"Zwischen {', '.join(landlord)} - nachfolgend Vermieter genannt - und {', '.join(tenant)} - nachfolgend "
        "Mieter genannt - wird folgender Mietvertrag geschlossen:"
    )
    return paper.paragraph(22, 29, 168, parties, face) + 3


def _further_head(paper: Paper, order: Order, face: Face) -> float:
    paper.text(190, 14, f"Mietvertrag, Seite {order.sheet} von {order.sheets}", face.sized(7), right=True)
    return 26.0


def _clauses(paper: Paper, invention: Invention, order: Order, face: Face, top: float) -> None:
    columns = [(22, 80), (110, 80)] if order.variant % 3 == 2 else [(22, 168)]
    bottom = 245 if len(columns) > 1 else 258
    first, y = 10 * (order.sheet - 1), top
    for place in range(first, first + len(_CLAUSES)):
        if y > bottom:
            columns, y = columns[1:], top
        if not columns:
            break
        y = _clause(paper, invention, face, columns[0], y, place)


def _clause(paper: Paper, invention: Invention, face: Face, column: tuple[float, float], y: float, place: int) -> float:
    x, width = column
    head, text = _CLAUSES[place % len(_CLAUSES)]
    paper.text(x, y, f"§ {place + 1} {head}", face.bold.sized(face.size + 1))
    return paper.paragraph(x, y + face.size * 0.46 + 0.5, width, invention.fill(text), face) + 2.6

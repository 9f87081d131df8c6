"""Letters: the Jobcenter's with window, information block and footer; plain ones of private senders."""

from eakte.demo.invented import NAMES, Address, Invention
from eakte.demo.letter_texts import ENQUIRIES, FURTHER, LETTERS, LetterText
from eakte.demo.paper import Face, Order, Paper

_FACES = (
    Face("lsans", 11),
    Face("lserif", 11.5),
    Face("carlito", 11),
    Face("caladea", 10.5),
    Face("noto", 10),
    Face("opensans", 10),
    Face("lserif", 12),
    Face("dejavu", 9.5),
)


def letter_about(code: str) -> int:
    """The variant whose letter has this document type. Raises ValueError for a type without letter."""
    return [text.type for text in LETTERS].index(code)


def letter(paper: Paper, invention: Invention, order: Order) -> None:
    """First sheet of a letter, or a further one; without a given reference it carries none."""
    face = _FACES[order.variant % len(_FACES)]
    text = LETTERS[order.variant % len(LETTERS)]
    paper.type = text.type
    if order.sheet > 1:
        _further_sheet(paper, invention, order, face)
    elif text.office:
        _office_letter(paper, invention, order, face, text)
    else:
        _private_letter(paper, invention, order, face, text)


def _office_letter(paper: Paper, invention: Invention, order: Order, face: Face, text: LetterText) -> None:
    office, citizen = invention.address(), invention.address()
    paper.emblem(20, 30, 8)
    paper.text(31, 28, f"Jobcenter {office.place}", face.bold.sized(16))
    paper.text(
        25, 48, f"Jobcenter {office.place}, Postfach {invention.number(1000, 9999)}, {office.town}", face.sized(6.5)
    )
    paper.rule(25, 49, 105, 49, 0.3)
    paper.lines(25, 57, 4.8, ["Frau" if order.variant % 2 else "Herrn", *citizen], face)
    _information(paper, invention, order, face)
    greeting = f"Sehr geehrte{' Frau' if order.variant % 2 else 'r Herr'} {citizen.surname},"
    y = _body(paper, invention, face, text, greeting)
    paper.lines(25, y + 2, 7, ["Mit freundlichen Grüßen", "Im Auftrag", "", invention.pick(NAMES)], face)
    _footer(paper, office, face)


def _information(paper: Paper, invention: Invention, order: Order, face: Face) -> None:
    rows = [("Ihr Zeichen:", "--"), ("Ihre Nachricht:", invention.date())]
    if order.reference:
        sign = f"{invention.number(100, 999)}.{invention.pick('ABCDEF')} - {paper.names(order.reference)}"
        rows += [("Mein Zeichen:", sign), ("BG-Nummer:", order.reference)]
    rows += [("Name:", invention.pick(NAMES)), ("Durchwahl:", invention.phone()), ("Telefax:", invention.phone())]
    rows += [("E-Mail:", f"Team{invention.number(100, 999)}@jobcenter.example"), ("Datum:", invention.date())]
    small = face.sized(8.5)
    paper.lines(125, 52, 4.2, [label for label, _ in rows], small)
    paper.lines(148, 52, 4.2, [value for _, value in rows], small)


def _body(paper: Paper, invention: Invention, face: Face, text: LetterText, greeting: str) -> float:
    paper.text(25, 103, invention.fill(text.subject), face.bold.sized(face.size + 0.5))
    paper.text(25, 111, greeting, face)
    y = 118.0
    for paragraph in text.paragraphs:
        y = paper.paragraph(25, y, 163, invention.fill(paragraph), face) + 3
    # a Jobcenter's first page is usually full
    while text.office and y < 205:
        y = paper.paragraph(25, y, 163, invention.fill(invention.pick((*FURTHER, ENQUIRIES))), face) + 3
    return y


def _footer(paper: Paper, office: Address, face: Face) -> None:
    paper.rule(25, 268, 190, 268, 0.3)
    columns = (
        (25, ["Postanschrift", f"Jobcenter {office.place}", office.street, office.town]),
        (80, ["Bankverbindung", "Kreiskasse", "BIC: TESTDE00XXX", "IBAN: DE00 0000 0000 0000 0000 00"]),
        (140, ["Öffnungszeiten", "Mo., Di., Fr. 08:00 - 12:30 Uhr", "Do. 14:00 - 18:00 Uhr", "www.jobcenter.example"]),
    )
    for x, (head, *rest) in columns:
        paper.text(x, 272, head, face.bold.sized(7))
        paper.lines(x, 275, 3, rest, face.sized(7))


def _private_letter(paper: Paper, invention: Invention, order: Order, face: Face, text: LetterText) -> None:
    sender, other = invention.address(), invention.address()
    paper.lines(25, 22, 5, sender, face)
    to_office = text.type in {"WID", "UEP", "UNB"}
    paper.lines(25, 52, 5, [f"Jobcenter {other.place}" if to_office else other.name, other.street, other.town], face)
    paper.text(188, 84, f"{sender.place}, den {invention.date()}", face, right=True)
    if order.reference:
        paper.text(25, 96, f"BG-Nummer: {paper.names(order.reference)}", face)
    y = _body(paper, invention, face, text, "Sehr geehrte Damen und Herren,")
    paper.text(25, y + 2, "Mit freundlichen Grüßen", face)
    paper.text(25, y + 18, sender.name, Face("hand", 16) if order.hand else face)


def _further_sheet(paper: Paper, invention: Invention, order: Order, face: Face) -> None:
    paper.text(105, 18, f"- {order.sheet} -", face)
    if order.reference:
        paper.text(25, 28, f"BG-Nummer {paper.names(order.reference)}, Schreiben vom {invention.date()}", face.sized(9))
    y = 42.0
    while y < 240:
        y = paper.paragraph(25, y, 163, invention.fill(invention.pick(FURTHER)), face) + 3
    paper.text(188, 280, f"Seite {order.sheet} von {order.sheets}", face.sized(8), right=True)

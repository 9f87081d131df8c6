"""The same sheet read twice is told, whatever was misread; the same letter to somebody else is another one."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from eakte.recognition.likeness import marks, same
from ocr_pipeline import PageReading, Word

LETTER = """Jobcenter Musterkreis Postfach 10 20 30 48221 Dülmen {name} {street} 48249 Dülmen Aktenzeichen {reference}
Datum {date} Bewilligungsbescheid Sehr geehrte Frau {family}, auf Ihren Antrag vom {date} bewilligen wir Ihnen für die
Zeit vom 01.01.2026 bis zum 31.12.2026 Leistungen zur Sicherung des Lebensunterhalts nach dem Zweiten Buch
Sozialgesetzbuch in Höhe von monatlich {sum} Euro. Die Leistungen werden jeweils im Voraus auf Ihr Konto mit der IBAN
{iban} überwiesen. Gegen diesen Bescheid kann innerhalb eines Monats nach Bekanntgabe Widerspruch erhoben werden. Der
Widerspruch ist schriftlich oder zur Niederschrift bei der oben genannten Behörde einzulegen. Mit freundlichen Grüßen
Im Auftrag Meyer Telefon 02594 7831055"""
FAMILIES = (
    {"name": "Käthe Groß", "family": "Groß", "street": "Lindenweg 3", "reference": "05817//0093412",
     "date": "12.11.2025", "sum": "1.238,40", "iban": "DE02120300000000202051"},
    {"name": "Olga Schmitt", "family": "Schmitt", "street": "Am Markt 17", "reference": "05817//0055871",
     "date": "12.11.2025", "sum": "1.238,40", "iban": "DE02500105170137075030"},
)  # fmt: skip


def page(words: Sequence[Word], number: int = 1, look: str | None = None) -> PageReading:
    return PageReading(number, 2000, 2800, 250, 0, "ocr", 0.9, tuple(words), look=look)


def letter(**said: str) -> list[Word]:
    return [Word(text, (0, 0, 9, 9), 1, 0.96) for text in LETTER.format(**said).split()]


def misread(words: list[Word], places: Sequence[int], signs: Sequence[str]) -> list[Word]:
    """Some words with one sign read as another; recognition is less sure of those."""
    found = list(words)
    for place, sign in zip(places, signs, strict=False):
        word = found[place % len(found)]
        at = place % len(word.text)
        text = word.text[:at] + sign + word.text[at + 1 :]
        found[place % len(found)] = Word(text, word.box, word.line, 0.6)
    return found


@given(
    st.sampled_from(FAMILIES),
    st.lists(st.integers(0, 10_000), max_size=16, unique=True),
    st.lists(st.sampled_from("1lI0Oe.,c"), min_size=16, max_size=16),
)
def test_two_readings_that_differ_by_misread_signs_are_the_same_sheet(
    family: dict[str, str], places: list[int], signs: list[str]
) -> None:
    """16 of some 800 signs: 2 % of them, in one word of eight."""
    words = letter(**family)
    once, again = [page(words)], [page(misread(words, places, signs))]
    assert same(once, again)
    assert same(again, once)
    assert set(marks(once, "a")) & set(marks(again, "b"))


@given(st.sampled_from(sorted(FAMILIES[0])), st.sampled_from(["Müller", "7", "99,01"]))
def test_the_same_letter_with_another_number_or_name_is_another_letter(key: str, value: str) -> None:
    mine = FAMILIES[0]
    other = mine | {key: value if key not in {"name", "family"} else "Anna Öztürk"}
    if key in {"name", "family", "street"}:  # a letter to somebody else differs in both, and in a number
        other |= {"name": "Anna Öztürk", "family": "Öztürk", "sum": "998,01"}
    assert not same([page(letter(**mine))], [page(letter(**other))])


def test_a_form_letter_to_another_family_is_no_duplicate() -> None:
    mine, theirs = (page(letter(**family)) for family in FAMILIES)
    assert not same([mine], [theirs])


def test_what_nothing_but_its_template_tells_is_never_called_a_duplicate() -> None:
    """Two forms filled in by hand may be read alike to the last word."""
    words = [Word(text, (0, 0, 9, 9), 1, 0.96) for text in ("Antrag auf Leistungen bitte ausfüllen " * 9).split()]
    assert not same([page(words)], [page(words)])


def test_documents_of_different_length_or_order_are_different() -> None:
    one, two = page(letter(**FAMILIES[0])), page(letter(**FAMILIES[1]), 2)
    assert not same([one], [one, two])
    assert not same([one, two], [two, one])
    assert same([one, two], [one, two])


def test_pages_with_little_text_are_compared_by_their_picture() -> None:
    mine, far = "0f" * 32, "f0" * 32
    near = "0f" * 30 + "0e0f"
    assert same([page([], look=mine)], [page([], look=near)])
    assert not same([page([], look=mine)], [page([], look=far)])
    assert set(marks([page([], look=mine)], "a")) & set(marks([page([], look=near)], "b"))
    named = [Word("Personalausweis", (0, 0, 9, 9), 1, 0.99), Word("L01X00T47", (0, 0, 9, 9), 1, 0.99)]
    other = [named[0], Word("T22000129", (0, 0, 9, 9), 1, 0.99)]
    assert not same([page(named, look=mine)], [page(other, look=mine)])


def test_blank_pages_alone_are_no_duplicates() -> None:
    blank = PageReading(1, 2000, 2800, 250, 0, "blank", None, ())
    assert not same([blank], [blank])


FORM = """Jobcenter Musterkreis Hotline 0800 4555500 Vordruck 110027 Fassung 01.07.2025 Veränderungsmitteilung Bitte
füllen Sie den Vordruck in Druckschrift aus und reichen Sie ihn mit den Nachweisen ein Persönliche Daten Name {name}
Geburtstag {born} Ich teile folgende Veränderung mit Beginn einer Arbeit Umzug Geburt Trennung sonstige Veränderung
Mir ist bekannt dass ich Änderungen in den Verhältnissen unverzüglich mitzuteilen habe und dass zu Unrecht gezahlte
Leistungen zu erstatten sind Hinweise zum Datenschutz finden Sie im Internet oder erhalten Sie von Ihrem Jobcenter Die
Angaben werden auf Grund der Vorschriften des Sozialgesetzbuches erhoben und sind für die Entscheidung über Ihren
Anspruch erforderlich Ohne Ihre Mitwirkung können Leistungen ganz oder teilweise versagt oder entzogen werden Ort
Datum Unterschrift {sign}"""
FIRST = {"name": "Käthe Groß", "born": "12.03.1980", "sign": "K. Groß"}
SECOND = {"name": "Anna Öztürk", "born": "05.11.1974", "sign": "A. Öztürk"}
SCRAWLED = (
    {"name": "Mvller Anwa", "born": "1z.o3.l98", "sign": "Mfl"},
    {"name": "Sckwidt", "born": "O5.1l.7a", "sign": "Sdc"},
)


def filled(said: dict[str, str], confidence: float) -> PageReading:
    """The form, its printed words surely read, what was filled in with this confidence."""
    words = []
    for printed in FORM.split():
        field = printed.strip("{}") if printed.startswith("{") else None
        read = said[field].split() if field else [printed]
        words += [Word(text, (0, 0, 9, 9), 1, confidence if field else 0.96) for text in read]
    return page(words)


def test_one_form_filled_in_by_two_is_no_duplicate_however_many_printed_numbers_both_have() -> None:
    for hand, two in ((0.97, (FIRST, SECOND)), (0.4, SCRAWLED), (0.4, (FIRST, SECOND))):
        mine, theirs = (filled(said, hand) for said in two)
        assert not same([mine], [theirs]), hand
        assert same([mine], [mine])


def test_a_form_that_differs_in_nothing_but_the_name_is_no_duplicate() -> None:
    assert not same([filled(FIRST, 0.97)], [filled(FIRST | {"name": "Anna Öztürk"}, 0.97)])


def test_an_empty_form_is_no_duplicate_of_a_filled_one() -> None:
    empty = filled({"name": "", "born": "", "sign": ""}, 0.9)
    for hand, said in ((0.97, FIRST), (0.4, SCRAWLED[0])):
        assert not same([empty], [filled(said, hand)])
        assert not same([filled(said, hand)], [empty])


def test_a_signature_that_was_read_in_two_ways_tells_no_sheets_apart() -> None:
    mine, again = (page([*letter(**FAMILIES[0]), Word(text, (0, 0, 9, 9), 1, 0.3)]) for text in ("Mfl", "Uy,"))
    assert same([mine], [again])

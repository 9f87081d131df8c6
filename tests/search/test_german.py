"""German pairs that must and must not find each other, and the laws of folding."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.compounds import WORD_LIST, Lexicon
from search.excerpt import Matcher
from search.folding import fold
from search.german import Analyzer, Mark
from search.queries import parse

BOTH_WAYS = """
Miete/Mietvertrag Vertrag/Mietvertrag Mietvertrag/Wohnraummietvertrag Wohnraum/Wohnraummietvertrag Konto/Kontoauszug
Heizkosten/Heizkostenabrechnung Abrechnung/Heizkostenabrechnung Kosten/Heizkostenabrechnung Kosten/Betriebskosten
Betriebskosten/Betriebskostenabrechnung Kosten/Nebenkosten Auszug/Kontoauszüge Konto/Kontoauszüge
Miete/Kaltmiete Bescheid/Änderungsbescheid Bescheid/Widerspruchsbescheid Widerspruch/Widerspruchsbescheid
Versicherung/Krankenversicherung Nachweis/Einkommensnachweis Einkommen/Einkommensnachweis Urkunde/Geburtsurkunde
Antrag/Weiterbewilligungsantrag Lohn/Lohnabrechnung Geld/Kindergeld Kinder/Kindergeld Ausweis/Personalausweis
Schule/Schulbescheinigung Bescheinigung/Schulbescheinigung Strom/Stromrechnung Rechnung/Stromrechnung
Arbeit/Arbeitsvertrag Unterhalt/Unterhaltsvorschuss Haus/Hausnummer Müller/Müller-Schmidt Schmidt/Müller-Schmidt
Mietvertrag/Miet-Vertrag Miete/Mieten Bescheid/Bescheide Antrag/Anträge Konto/Konten Haus/Häuser Vertrag/Vertrages
Mietvertrag/Mietverträge Kind/Kinder Wohnung/Wohnungen Zahlung/Zahlungen Müller/Mueller Müller/Muller Straße/Strasse
STRASSE/Straße Größe/Groesse Goethe/Göthe René/Rene Übung/Uebung Ärzte/Aerzte Café/Cafe 12345//1234567/12345/1234567
Bürgergeld/Buergergeld 01.03.2024/1.3.2024 01.03.2024/2024-03-01 1.3.24/01.03.2024 1.234,56/1234,56 12.345/12345
DE89370400440532013000/de89370400440532013000 850,00/850,00€ Finanzamt/Finanzämter
Einkommen/Einkommens Darlehen/Darlehens Einkommen/Nettoeinkommen Königstraße/Königstr. Schifffahrt/Schiffahrt
12345//1234567/12345BG1234567 850,00/850,- Kindesunterhalt/KindesunterhaIt Einkommen/Eiinkommen Gebhardt/6ebhardt
Konto/Kontos Girokonto/Girokontos Handy/Handys Überzahlung/Überzahlungsbetrag
Wiederbewilligung/Wiederbewilligungsantrag Kündigung/gekündigt Krankenversicherung/krankenversicherte
Ablehnung/abgelehnt Bewilligung/bewilligten Yıldız/YILDIZ Łukasz/Lukasz Sørensen/Sorensen Kellermann/Kel!ermann IKK/|KK
Großmann/Großßmann Bescheid/BescheidMüller 23.05.2024/23,05.2024 10.10.2024/1O.1O.2024 12345//1234567/1234571234567
12345//1234567/BG12345BG1234567 Mühlbach/AmMühlbach Lohn/GmbHLohn Bescheid/2025Bescheid Bescheid/6Bescheid
24630017/KG24630017 66b/66b57072 Yıldız/KäteYıldız Konto/Kontens
"""

SPACED = [
    ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
    ("12345 // 1234567", "12345//1234567"),
    ("12345 1234567", "12345//1234567"),
    ("1. März 2024", "01.03.2024"),
    ("Miet- vertrag", "Mietvertrag"),
    ("Februar 2026", "02/2026"),
    ("Februar 2026", "2/2026"),
    ("1.850 Euro", "1850,00"),
    ("850 €", "850,00 EUR"),
    ("BG 12345//1234567", "12345BG1234567"),
    ("12345 H// 1234567", "12345//1234567"),
    ("DE89% 3704. 0044 0532 0130 00", "DE89370400440532013000"),
    ("19 April 2025", "19.04.2025"),
    ("27. April, 2024", "27.04.2024"),
    ("126 , €", "126,00"),
    ("365, Euro", "365,00"),
    ("Kranken- und Pflegeversicherung", "Krankenversicherung und Pflegeversicherung"),
]

NEVER = """
Mietvertrag/Kaufvertrag Mietvertrag/Mietminderung Lagen/Unterlagen Kunft/Unterkunft Rat/Beratung Tag/Antrag
Ei/Leistung Miete/Termite Amt/Beamter Recht/Gericht Kosten/Kostüm Not/Notar Konto/Kontor Akte/Kontakte
Müller/Mühle Haus/Hase 01.03.2024/01.04.2024 1.234,56/1.234,57 12345//1234567/12345//1234568 Schein/Erscheinung
Andrea/Andreas Haus/Hau Markierung/Arbeitsmarkt Wohnung/wohnt Währung/gewährt 45.05.2022/15.05.2022
Uhr/Gebühr Rate/Beratung Ton/Beton Art/Karte Arme/Alarme Heft/Haft
"""


def pairs(text: str) -> list[tuple[str, str]]:
    """Halves of each pair, cut at its first slash that stands alone (some numbers hold double slashes)."""
    halves = (re.split(r"(?<!/)/(?!/)", pair, maxsplit=1) for pair in text.split())
    return [(one, other) for one, other in halves]


def finds(analyzer: Analyzer, query: str, page: str) -> bool:
    clauses = parse(query, analyzer)
    return all(Matcher([clause], analyzer).places(page.split()) for clause in clauses)


@pytest.mark.parametrize(("one", "other"), pairs(BOTH_WAYS) + SPACED)
def test_each_finds_the_other(analyzer: Analyzer, one: str, other: str) -> None:
    assert finds(analyzer, one, other)
    assert finds(analyzer, other, one)


@pytest.mark.parametrize(("one", "other"), pairs(NEVER))
def test_neither_finds_the_other(analyzer: Analyzer, one: str, other: str) -> None:
    assert not finds(analyzer, one, other)
    assert not finds(analyzer, other, one)


def test_an_elided_head_is_not_joined_with_the_next_word(analyzer: Analyzer) -> None:
    stems = [token.form.exact for token in analyzer.tokens(["Heiz-", "und", "Betriebskosten"])]
    assert stems == ["heiz", "und", "betriebskosten"]


def test_without_the_word_list_all_works_but_compounds(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    poor = Analyzer(tmp_path / "missing")
    assert finds(poor, "Mieten", "Miete")
    assert not finds(poor, "Miete", "Mietvertrag")
    assert "wngerman" in caplog.text


@given(st.text(max_size=60))
def test_analysis_takes_any_text(analyzer: Analyzer, text: str) -> None:
    for token in analyzer.tokens(text.split(" ")):
        assert token.form.exact
        assert not any(letter.isspace() for letter in token.form.exact + token.form.stem)
    for mark in analyzer.marks(text.split(" ")):
        assert 0 <= mark.first <= mark.last < len(text.split(" "))


@given(st.text(max_size=40))
def test_case_makes_no_difference_to_german_letters(text: str) -> None:
    german = "".join(letter for letter in text if letter in "abcdefghijklmnopqrstuvwxyzäöüß")
    assert fold(german.upper()) == fold(german)


def test_umlauts_and_their_transcriptions_fold_alike_over_the_whole_word_list() -> None:
    words = WORD_LIST.read_text(encoding="utf-8").split()
    spelled = [word.lower().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue") for word in words]
    differing = [word for word, other in zip(words, spelled, strict=True) if fold(word) != fold(other)]
    assert len(differing) < len(words) / 2000, differing[:20]


def test_parts_stand_in_their_word(analyzer: Analyzer) -> None:
    lexicon = Lexicon.load()
    for word in WORD_LIST.read_text(encoding="utf-8").split()[::300]:
        folded = fold(word)
        assert all(part in folded and part != folded for part in lexicon.parts(folded))


def test_an_amount_ends_with_its_last_digits_not_with_the_currency_behind_them(analyzer: Analyzer) -> None:
    assert analyzer.marks(["Miete", "29", "€", "gezahlt"]) == [Mark("29,00", 1, 1)]
    assert analyzer.marks(["am", "1.", "März", "2024", "gezahlt"]) == [Mark("2024-03-01", 1, 3)]

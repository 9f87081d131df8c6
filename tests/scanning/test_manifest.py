"""Manifests: three forms say the same, and whatever is wrong is named with its place."""

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eakte.scanning.manifest import MOST_BYTES, Manifest, ManifestInvalid, read_manifest
from eakte.scanning.model import Announcement, ItemSaid

A, B = "a" * 64, "b" * 64
HEAD: dict[str, Any] = {"reference": "S-1", "profile": "duplex", "operator": "müller", "expected_sheets": 2}
JSON = json.dumps(
    HEAD | {"files": [{"name": "1.tif", "sha256": A.upper(), "pages": 3, "dropped_blank": 1},
                      {"name": "2.tif", "sha256": B, "pages": 1}]}
)  # fmt: skip
CSV = (
    "reference;S-1\nprofile;duplex\noperator;müller\nexpected_sheets;2\n\n"
    f"name;sha256;pages;dropped_blank\n1.tif;{A};3;1\n2.tif;{B};1;\n"
)
XML = (
    '<delivery reference="S-1" profile="duplex" operator="müller" expected_sheets="2">\n'
    f'<file name="1.tif" sha256="{A}" pages="3" dropped_blank="1"/>\n'
    f'<file name="2.tif" sha256="{B}" pages="1"/></delivery>'
)
SAID = Manifest(Announcement("S-1", "duplex", "müller", 2), (ItemSaid("1.tif", A, 3, 1), ItemSaid("2.tif", B, 1, 0)))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("manifest.json", JSON), ("manifest.csv", CSV), ("manifest.csv", CSV.replace(";", ",")),
        ("manifest.csv", "\ufeff" + CSV.replace("\n", "\r\n")), ("MANIFEST.XML", XML),
    ],
)  # fmt: skip
def test_all_forms_say_the_same(name: str, text: str) -> None:
    assert read_manifest(name, text.encode()) == SAID


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (JSON[:-1], "Zeile 1: kein JSON"),
        (JSON.replace('"pages": 3', '"pages": "drei"'), "Datei 1: pages ist keine Zahl"),
        (JSON.replace('"pages": 3', '"pages": true'), "Datei 1: pages ist keine Zahl"),
        (JSON.replace('"pages": 3', '"pages": 0'), "Datei 1: pages ist keine Zahl von 1"),
        (JSON.replace('"pages": 3', '"pages": 3.5'), "Datei 1: pages ist keine Zahl"),
        (JSON.replace('"pages": 3', '"pages": NaN'), "NaN ist keine Zahl"),
        (JSON.replace('"pages": 3', '"pages": 3, "pages": 4'), "mehrmals"),
        (JSON.replace('"pages": 3', '"seiten": 3'), "Datei 1: unbekannte Angabe „seiten“"),
        (JSON.replace(B, "b" * 63), "Datei 2: sha256"),
        (JSON.replace("2.tif", "1.tif"), "Datei 2: „1.tif“ ist schon genannt"),
        (JSON.replace('"operator": "m', '"operato": "m'), "Kopf: unbekannte Angabe"),
        (JSON.replace('"expected_sheets": 2', '"expected_sheets": 99999999999'), "Kopf: expected_sheets"),
        ("[]", "Erwartet wird ein Objekt"),
        ("[" * 100_000, "kein JSON"),
        (json.dumps(HEAD), "files eine Liste"),
    ],
)
def test_what_is_wrong_in_json_is_named_with_its_place(text: str, says: str) -> None:
    with pytest.raises(ManifestInvalid, match=says):
        read_manifest("manifest.json", text.encode())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (CSV.replace("1.tif;", "1.tif;x;"), "Zeile 7: 5 Werte für 4 Spalten"),
        (CSV.replace(f"{B};1", f"{B};-1"), "Zeile 8: pages"),
        (CSV.replace("profile;duplex\n", ""), "es fehlt profile"),
        (CSV.replace("profile;duplex", "reference;zwei"), "Zeile 2: erwartet wird eine Angabe"),
        (CSV.replace("name;sha256", "datei;sha256"), "Spaltennamen"),
        (CSV.replace("1.tif", '"1.tif'), "kein CSV"),
        (CSV.replace("pages;dropped_blank", "pages;pages"), "Zeile 6: eine Spalte kommt mehrmals vor"),
        ("", "Spaltennamen"),
    ],
)
def test_what_is_wrong_in_csv_is_named_with_its_line(text: str, says: str) -> None:
    with pytest.raises(ManifestInvalid, match=says):
        read_manifest("manifest.csv", text.encode())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (XML[:-3], "Zeile 3: kein XML"),
        (XML.replace('pages="1"', 'pages="x"'), "Zeile 3: pages"),
        ('<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + XML, "Zeile 1: eine Dokumenttyp-Deklaration"),
        ('<!DOCTYPE d SYSTEM "file:///etc/passwd">' + XML, "Zeile 1: eine Dokumenttyp-Deklaration"),
        (XML.replace("delivery", "lieferung"), "Zeile 1: erwartet wird delivery"),
        (XML.replace('pages="1"/>', 'pages="1"><file/></file>'), "Zeile 3: erwartet wird delivery"),
        (XML.replace("<file", "<folder", 1), "Zeile 2: erwartet"),
        (XML.replace(">\n", ">Text\n", 1), "Text ist hier nicht erlaubt"),
        (XML.replace('pages="1"', 'pages="1" pages="2"'), "Zeile 3: kein XML"),
        ("", "kein XML"),
    ],
)
def test_what_is_wrong_in_xml_is_named_with_its_line_and_no_entity_is_read(text: str, says: str) -> None:
    with pytest.raises(ManifestInvalid, match=says):
        read_manifest("manifest.xml", text.encode())


def test_a_manifest_of_many_bytes_is_not_read() -> None:
    with pytest.raises(ManifestInvalid, match="4 MiB"):
        read_manifest("manifest.json", b" " * (MOST_BYTES + 1))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("manifest.json", b'{"files": [' + b"{}," * 1_000_000 + b"{}]}"),
        ("manifest.csv", b"name;sha256;pages\n" + b"a;b;1\n" * 600_000),
        ("manifest.xml", b"<delivery>" + b"<file/>" * 500_000 + b"</delivery>"),
    ],
)
def test_a_manifest_of_many_files_is_refused_before_much_is_made_of_them(name: str, data: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ManifestInvalid, match="mehr als 20000 Dateien"):
            read_manifest(name, data)
        assert tracemalloc.get_traced_memory()[1] < 150 << 20
    finally:
        tracemalloc.stop()


@given(st.sampled_from(["manifest.json", "manifest.csv", "manifest.xml"]), st.binary(max_size=300))
def test_no_bytes_end_in_anything_but_a_manifest_or_its_error(name: str, data: bytes) -> None:
    for text in (data, JSON.encode()[: len(data)] + data, CSV.encode()[: len(data)] + data, XML.encode() + data):
        try:
            read_manifest(name, text)
        except ManifestInvalid as error:
            assert error.detail

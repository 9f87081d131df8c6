"""What a manifest may look like, and what is said of one that is none."""

import json

import pytest

from eakte.centre.manifest import Announced, BadManifest, parse_manifest

HASH = "ab" * 32
WANTED = [Announced("a/1.tif", HASH, 2, 1), Announced("b.pdf", HASH, 3)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.json", json.dumps({"files": [{"name": "a/1.tif", "sha256": HASH, "pages": 2, "dropped_blank": 1},
                                         {"name": "b.pdf", "sha256": HASH.upper(), "pages": "3"}]})),
        ("m.JSON", "\ufeff" + json.dumps([{"name": "a\\1.tif", "sha256": HASH, "pages": 2, "dropped_blank": 1},
                                           {"name": "b.pdf", "sha256": HASH, "pages": 3}])),
        ("m.csv", f"name;sha256;pages;dropped_blank\na/1.tif;{HASH};2;1\nb.pdf;{HASH};3;\n"),
        ("m.csv", f"\ufeffpages,sha256,name,dropped_blank\r\n2,{HASH},a/1.tif,1\r\n3,{HASH},b.pdf,0\r\n"),
        ("m.xml", f'<m xmlns="urn:x"><file name="a/1.tif" sha256="{HASH}" pages="2" dropped_blank="1"/>'
                  f"<file><name>b.pdf</name><sha256>{HASH}</sha256><pages>3</pages></file></m>"),
    ],
)  # fmt: skip
def test_a_manifest_is_read_in_every_form(name: str, text: str) -> None:
    assert parse_manifest(name, text.encode()) == WANTED


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.txt", "x"),
        ("m.json", "{"),
        ("m.json", "{}"),
        ("m.json", '{"files": [1]}'),
        ("m.json", json.dumps([{"name": "a", "sha256": "abc", "pages": 1}])),
        ("m.json", json.dumps([{"name": "a", "sha256": HASH, "pages": 0}])),
        ("m.json", json.dumps([{"name": "a", "sha256": HASH, "pages": 1}] * 2)),
        ("m.csv", "name;sha256\na;b\n"),
        ("m.xml", "<m><file>"),
        ("m.xml", '<!DOCTYPE m [<!ENTITY a "b">]><m><file name="&a;"/></m>'),
    ],
)
def test_what_is_no_manifest_is_refused_with_its_place(name: str, text: str) -> None:
    with pytest.raises(BadManifest):
        parse_manifest(name, text.encode())

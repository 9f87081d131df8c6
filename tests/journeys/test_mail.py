"""A mail as people send it: nothing about it is as it says, and every part of it is found all the same."""

import base64

from tests.journeys.conftest import Office
from tests.ocr_pipeline.letters import docx, packed
from tests.service import until


def broken_mail() -> bytes:
    """Bare Windows-1252 in head and body under a false charset; a `.pdf` that is a letter; an archive; no end."""
    letter, archive = base64.encodebytes(docx("Kündigung der Wohnung")), packed({"a/beleg.txt": "Quittung", "leer": ""})
    return (
        b"From: K\xe4the Gro\xdf <kaethe@example.org>\r\nTo: post@example.org\r\nSubject: Mietk\xfcndigung\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n'
        b'--x\r\nContent-Type: text/plain; charset="us-ascii"\r\n\r\nGuten Tag,\r\nFr\xfchjahrsputz anbei.\r\n'
        b'--x\r\nContent-Type: application/pdf; name="=?x-kaputt?Q?K=FCndigung.pdf?="\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" + letter + b"\r\n--x\r\n"
        b'Content-Disposition: attachment; filename="../belege.zip"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + base64.encodebytes(archive)
    )


def test_a_mail_in_broken_encodings_with_a_pdf_that_is_a_letter_is_read_in_all_its_parts(office: Office) -> None:
    handed = office.hand_in(broken_mail(), "nachricht.eml")
    whole = office.settled(handed["id"])
    asked = {"received_file": handed["received_file"]}
    found = until(
        lambda: len(listed := office.clerk.get("/v1/documents", params=asked).json()["items"]) == 3 and listed, 90
    )
    parts = {each["title"]: office.settled(each["id"]) for each in found if each["id"] != whole["id"]}
    assert {each["reading"]["state"] for each in (whole, *parts.values())} == {"done"}
    assert set(parts) == {"Kündigung.pdf", "belege.zip"}
    related = {relation["document"] for relation in whole["relations"] if relation["kind"] == "has-attachment"}
    assert related == {each["id"] for each in parts.values()}
    letter, archive = parts["Kündigung.pdf"], parts["belege.zip"]
    assert letter["relations"] == [{"kind": "attachment-of", "document": whole["id"]}]
    assert [version["sources"][0]["entry"] for version in archive["versions"]] == [
        "belege.zip",
        "belege.zip!/a/beleg.txt",
    ]
    texts = {
        each["id"]: office.clerk.get(f"/v1/documents/{each['id']}/renditions/text").text
        for each in (whole, *parts.values())
    }
    assert all(word in texts[whole["id"]] for word in ("Käthe Groß", "Mietkündigung", "Frühjahrsputz"))
    assert "Kündigung der Wohnung" in texts[letter["id"]]
    assert "Quittung" in texts[archive["id"]]
    original = office.clerk.get(f"/v1/documents/{letter['id']}/renditions/original")
    assert original.content.startswith(b"PK")
    assert "wordprocessingml" in original.headers["content-type"]

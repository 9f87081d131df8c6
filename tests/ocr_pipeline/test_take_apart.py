"""Archives, mails and PDFs give out what they hold, under clean names and within limits."""

import io
import stat
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pikepdf
import pytest

from ocr_pipeline import Apart, Pipeline, Unreadable, kinds
from tests.ocr_pipeline.letters import docx, packed, rtf
from tests.ocr_pipeline.outlook import attached, msg, nested
from tests.ocr_pipeline.sheets import TEXT, drawn, encoded, saved, scan
from tests.ocr_pipeline.test_nasty import whole_way

SENT = 134169084000000000
"""2 March 2026, 07:00 UTC, as a FILETIME."""


def apart(pipeline: Pipeline, data: bytes, folder: Path, password: str | None = None) -> Apart:
    (folder / "source").write_bytes(data)
    (folder / "parts").mkdir()
    return pipeline.take_apart(folder / "source", folder / "parts", password)


def entries(found: Apart) -> list[str]:
    return [piece.entry for piece in found.pieces]


def raw_zip(name: str, data: bytes = b"x", *, flags: int = 0, method: int = 0, mode: int = 0) -> bytes:
    """An archive of one stored entry with these bits."""
    out = io.BytesIO()
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, data)
    whole = bytearray(out.getvalue())
    central = whole.index(b"PK\x01\x02")
    for place in (6, central + 8):
        whole[place] |= flags
    for place in (8, central + 10):
        whole[place : place + 2] = method.to_bytes(2, "little")
    return bytes(whole)


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/absolut/a.txt", "absolut/a.txt"),
        ("C:\\Users\\x\\b.txt", "Users/x/b.txt"),
        ("./c.txt", "c.txt"),
        ("a\x07b\u202efdp.exe", "a b fdp.exe"),
        ("x!/y", "x/y"),
        ("..", "Teil 1"),
        ("größe.txt", "größe.txt"),
        ("l" * 500, "l" * 200),
    ],
)
def test_a_path_in_an_archive_is_only_a_name(name: str, entry: str, pipeline: Pipeline, tmp_path: Path) -> None:
    found = apart(pipeline, raw_zip(name), tmp_path)
    assert entries(found) == [entry]
    assert {path.name for path in tmp_path.rglob("*")} == {"source", "parts", "00001"}


def test_names_of_all_encodings_are_read(pipeline: Pipeline, tmp_path: Path) -> None:
    dos = raw_zip("GrX.txt").replace(b"GrX", "Grä".encode("cp437"))
    assert entries(apart(pipeline, dos, tmp_path)) == ["Grä.txt"]
    mac = tmp_path / "mac"
    mac.mkdir()
    assert entries(apart(pipeline, raw_zip("GrXX.txt").replace(b"GrXX", "Grä".encode()), mac)) == ["Grä.txt"]


def test_two_files_of_one_name_are_two_and_junk_is_none(pipeline: Pipeline, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        for data in (b"1", b"2"):
            archive.writestr("a.txt", data)
        archive.mkdir("leer")
        for name in ("__MACOSX/._a.txt", "x/Thumbs.db", "desktop.ini"):
            archive.writestr(name, b"x")
    found = apart(pipeline, out.getvalue(), tmp_path)
    assert [(piece.entry, piece.path.read_bytes()) for piece in found.pieces] == [("a.txt", b"1"), ("a (2).txt", b"2")]
    assert [why for _, why in found.left_out] == ["junk"] * 3


def test_a_link_in_an_archive_leads_nowhere(pipeline: Pipeline, tmp_path: Path) -> None:
    found = apart(pipeline, raw_zip("x", b"/etc/passwd", mode=stat.S_IFLNK | 0o777), tmp_path)
    assert (found.pieces, found.left_out) == ((), (("x", "link"),))


def test_a_locked_archive_opens_with_its_password_alone(pipeline: Pipeline, tmp_path: Path) -> None:
    data = Path(__file__).with_name("locked.zip")
    assert not data.exists()
    for place, (password, code) in enumerate([(None, "encrypted"), ("falsch", "wrong-password")]):
        folder = tmp_path / str(place)
        folder.mkdir()
        with pytest.raises(Unreadable) as refused:
            apart(pipeline, locked_zip("geheim"), folder, password)
        assert refused.value.code == code
    found = apart(pipeline, locked_zip("geheim"), tmp_path, "geheim")
    assert [piece.path.read_bytes() for piece in found.pieces] == [b"Vertraulich"]


def locked_zip(password: str) -> bytes:
    """The old cipher of PKWARE (APPNOTE 6.1), which Python reads but does not write."""
    plain = b"Vertraulich"
    data = bytearray(raw_zip("brief.txt", plain, flags=1))
    head = 30 + len("brief.txt")
    cipher = _encrypted(password.encode(), bytes(11) + data[17:18] + plain)
    size = len(cipher).to_bytes(4, "little")
    central = data.index(b"PK\x01\x02")
    data[18:22], data[central + 20 : central + 24] = size, size
    end = data.index(b"PK\x05\x06")
    data[end + 16 : end + 20] = (central + 12).to_bytes(4, "little")
    return bytes(data[:head]) + cipher + bytes(data[head + len(plain) :])


def _encrypted(password: bytes, plain: bytes) -> bytes:
    table = [0] * 256
    for number in range(256):
        value = number
        for _ in range(8):
            value = (value >> 1) ^ (0xEDB88320 if value & 1 else 0)
        table[number] = value
    keys = [0x12345678, 0x23456789, 0x34567890]

    def stir(byte: int) -> None:
        keys[0] = (keys[0] >> 8) ^ table[(keys[0] ^ byte) & 0xFF]
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = (keys[2] >> 8) ^ table[(keys[2] ^ (keys[1] >> 24)) & 0xFF]

    for byte in password:
        stir(byte)
    out = bytearray()
    for byte in plain:
        mask = (keys[2] | 2) & 0xFFFF
        out.append(byte ^ ((mask * (mask ^ 1) >> 8) & 0xFF))
        stir(byte)
    return bytes(out)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (raw_zip("a", flags=1, method=99), "zip-aes"),
        (raw_zip("a", method=9), "zip-method"),
        (packed({"a": bytes(300 << 20)}), "bomb"),
        (packed({str(number): "x" for number in range(5001)}, 0), "too-many-parts"),
        (packed({"a.txt": "x" * 500})[:-30], "damaged"),
        (packed({"a.txt": "x" * 500}, 0).replace(b"xxxx", b"xyxx", 1), "damaged"),
    ],
)
def test_what_cannot_be_unpacked_wholly_is_not_unpacked_by_halves(
    data: bytes, code: str, pipeline: Pipeline, tmp_path: Path
) -> None:
    with pytest.raises(Unreadable) as refused:
        apart(pipeline, data, tmp_path)
    assert refused.value.code == code


def mail(**fields: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in ({"From": "A <a@example.org>", "To": "b@example.org", "Subject": "x"} | fields).items():
        message[name] = value
    message.set_content("Guten Tag")
    return message


def test_a_mail_gives_out_what_hangs_on_it_by_content(pipeline: Pipeline, tmp_path: Path) -> None:
    message = mail(Subject="Mietvertrag für Öztürk")
    message.add_attachment(docx(), "application", "pdf", filename="C:\\Eigene\\Mietvertrag.pdf")
    message.add_attachment(mail(Subject="Weiter/geleitet"))
    message.add_attachment(b"\x78\x9f\x3e\x22\0\1", "application", "ms-tnef", filename="winmail.dat")
    found = apart(pipeline, message.as_bytes(), tmp_path)
    assert found.subject == "Mietvertrag für Öztürk"
    assert [(piece.title, piece.media_type) for piece in found.pieces] == [
        ("Mietvertrag.pdf", kinds.DOCX),
        ("Weiter_geleitet.eml", kinds.EML),
        ("winmail.dat", kinds.UNKNOWN),
    ]


def test_the_logo_of_a_signature_stays_with_the_mail_and_a_photograph_does_not(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    message = mail()
    message.add_alternative('<p>Guten Tag<img src="cid:logo"><img src="cid:foto"></p>', "html")
    logo, photo = encoded(scan([]).resize((60, 20)), "PNG"), encoded(scan(), "BMP")
    html = message.get_payload()[1]
    html.add_related(logo, "image", "png", cid="<logo>", filename="logo.png")
    html.add_related(photo, "image", "bmp", cid="<foto>", filename="foto.bmp")
    message.add_attachment(b"x", "application", "pkcs7-signature", filename="smime.p7s")
    found = apart(pipeline, message.as_bytes(), tmp_path)
    assert entries(found) == ["foto.bmp"]
    assert found.left_out == (("logo.png", "inline"), ("smime.p7s", "signature"))


BROKEN = {
    "bare bytes in the head": b"From: K\xe4the <k@example.org>\r\nSubject: Gr\xfc\xdfe\r\n\r\nMiete f\xfcr M\xe4rz",
    "a charset nobody knows": b"From: K\xc3\xa4the <k@example.org>\r\nSubject: =?x-unbekannt?Q?Gr=C3=BC=C3=9Fe?=\r\n"
    b'Content-Type: text/plain; charset="x-unbekannt"\r\n\r\nMiete f\xc3\xbcr M\xc3\xa4rz',
    "a charset that lies": b"From: =?utf-8?B?S8OkdGhl?= <k@example.org>\r\nSubject: =?utf-8?Q?Gr=FC=DFe?=\r\n"
    b"Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 8bit\r\n\r\nMiete f\xfcr M\xe4rz",
    "broken base64": b"From: K\xc3\xa4the <k@example.org>\r\nSubject: Gr\xc3\xbc\xc3\x9fe\r\nContent-Type: text/plain;"
    b" charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nTWlldGUgZsO8ciBNw6RyelZ",
    "a boundary that never ends": b"From: K\xc3\xa4the <k@example.org>\r\nSubject: Gr\xc3\xbc\xc3\x9fe\r\nContent-Type:"
    b' multipart/mixed; boundary="a"\r\n\r\n--a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nMiete f\xc3\xbcr '
    b"M\xc3\xa4rz\r\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_mail_is_read_all_the_same(name: str, pipeline: Pipeline, tmp_path: Path) -> None:
    text = whole_way(pipeline, BROKEN[name], tmp_path)[0][0].text
    assert all(each in text for each in ("Käthe", "Grüße", "Miete für März"))


def test_a_mail_is_read_by_the_form_that_says_more(pipeline: Pipeline, tmp_path: Path) -> None:
    message = mail()
    message.add_alternative(f"<p>{'Ausführlich ' * 60}</p><script>geheim</script>", "html")
    text = whole_way(pipeline, message.as_bytes(), tmp_path)[0][0].text
    assert "Ausführlich" in text
    assert "geheim" not in text


def test_a_mail_nested_a_thousand_times_harms_nobody(pipeline: Pipeline, tmp_path: Path) -> None:
    head = b"From: a@example.org\r\nSubject: x\r\nContent-Type: message/rfc822\r\n\r\n"
    try:
        found = apart(pipeline, head * 1000 + b"Ende", tmp_path)
        assert len(found.pieces) == 1
    except Unreadable as error:
        assert error.code == "damaged"
    assert whole_way(pipeline, drawn(TEXT), tmp_path)[0]


def test_an_outlook_mail_is_read_and_gives_out_what_hangs_on_it(pipeline: Pipeline, tmp_path: Path) -> None:
    said = {"subject": "Kündigung", "sender": "Käthe Groß", "address": "k@example.org", "to": "Jobcenter",
            "body": "Sehr geehrte Damen und Herren,\r\nanbei. " + "Viel Text. " * 400}  # fmt: skip
    inner = nested({"subject": "Innen", "body": "Nachricht innen"}, attached("tief.rtf", rtf()))
    contract = drawn(TEXT)
    data = msg(said, attached("Vertrag.pdf", contract), inner, sent=SENT)
    found = apart(pipeline, data, tmp_path)
    assert (found.media_type, found.subject) == (kinds.MSG, "Kündigung")
    assert [(piece.title, piece.media_type) for piece in found.pieces] == [
        ("Vertrag.pdf", kinds.PDF),
        ("Innen.eml", kinds.EML),
    ]
    assert found.pieces[0].path.read_bytes() == contract
    text = whole_way(pipeline, data, tmp_path)[0][0].text
    assert all(each in text for each in ("Käthe Groß <k@example.org>", "02.03.2026, 08:00", "Vertrag.pdf", "anbei."))
    again = tmp_path / "innen"
    again.mkdir()
    assert [piece.media_type for piece in apart(pipeline, found.pieces[1].path.read_bytes(), again).pieces] == [
        kinds.RTF
    ]


def test_an_outlook_mail_in_html_is_read_as_its_words(pipeline: Pipeline, tmp_path: Path) -> None:
    data = msg({"subject": "x", "sender": "A"}, html="<p>Nur in HTML, für Sie</p>".encode("cp1252"))
    assert "Nur in HTML, für Sie" in whole_way(pipeline, data, tmp_path)[0][0].text


def test_half_an_outlook_mail_is_damaged(pipeline: Pipeline, tmp_path: Path) -> None:
    data = msg({"subject": "x", "body": "x" * 9000}, attached("a.pdf", drawn(TEXT)))
    with pytest.raises(Unreadable) as refused:
        apart(pipeline, data[: len(data) // 2], tmp_path)
    assert refused.value.code == "damaged"


def test_a_pdf_gives_out_its_attachments_once_and_those_pinned_to_a_page(pipeline: Pipeline, tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(drawn(TEXT))) as pdf:
        pdf.attachments["factur-x.xml"] = b"<?xml version='1.0'?><a/>"
        pinned = pikepdf.AttachedFileSpec(pdf, b"Notiz", filename="notiz.txt")
        note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FileAttachment, FS=pinned.obj,
                                  Rect=[0, 0, 9, 9])  # fmt: skip
        pdf.pages[0].obj.Annots = pikepdf.Array([note, note])
        data = saved(pdf)
    found = apart(pipeline, data, tmp_path)
    assert [(piece.title, piece.path.read_bytes()[:5]) for piece in found.pieces] == [
        ("factur-x.xml", b"<?xml"),
        ("notiz.txt", b"Notiz"),
    ]
    assert pipeline.prepare(tmp_path / "source", tmp_path / "pdf").files == 2


def test_an_archive_is_no_page(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(packed({"a": "b"}))
    with pytest.raises(Unreadable) as refused:
        pipeline.prepare(tmp_path / "x", tmp_path / "y")
    assert refused.value.code == "container"

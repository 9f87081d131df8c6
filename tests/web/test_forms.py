"""Multipart bodies: what is taken, what is refused with which problem."""

import contextlib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eakte.web.forms import BadForm, Form, FormTooLarge, display_name

TYPE = "multipart/form-data; boundary=grenze"
FILE = b'Content-Disposition: form-data; name="file"; filename="scan.pdf"\r\nContent-Type: application/pdf'


def field(name: str, value: bytes) -> tuple[bytes, bytes]:
    return b'Content-Disposition: form-data; name="%s"' % name.encode(), value


def body(*parts: tuple[bytes, bytes], end: bytes = b"--grenze--\r\n") -> bytes:
    return b"".join(b"--grenze\r\n" + head + b"\r\n\r\n" + value + b"\r\n" for head, value in parts) + end


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def read(data: bytes, size: int = 1 << 16) -> tuple[Form, bytes]:
    form = Form(TYPE)
    file = b"".join(piece for chunk in cut(data, size) for piece in form.feed(chunk))
    form.end()
    return form, file


BOUNDARY_LIKE = st.lists(
    st.sampled_from(
        [b"\r", b"\n", b"\r\n", b"--", b"\r\n--", b"\r\n--grenz", b"grenze", b"\r\n--Grenze--", b"x", b"\0"]
    )
).map(b"".join)
CONTENT = st.one_of(st.binary(max_size=300), BOUNDARY_LIKE).filter(lambda data: b"\r\n--grenze" not in data)


@settings(deadline=None)
@given(CONTENT, st.integers(1, 60))
def test_the_file_comes_out_as_it_was_however_the_body_is_cut(data: bytes, size: int) -> None:
    form, file = read(body(field("title", b"Miete"), (FILE, data), field("priority", b"urgent")), size)
    assert file == data
    assert form.fields == {"title": "Miete", "priority": "urgent"}
    assert form.filename == "scan.pdf"


def test_pieces_of_the_file_are_not_copied() -> None:
    chunk = body((FILE, b"x" * 1000))
    (piece,) = Form(TYPE).feed(chunk)
    assert piece.obj is chunk


def test_a_body_that_ends_early_is_refused_wherever_it_is_cut() -> None:
    whole = body((FILE, b"content"), field("title", b"Miete"), end=b"--grenze--")
    for end in range(len(whole)):
        with pytest.raises(BadForm) as refused:
            read(whole[:end])
        assert refused.value.status == 422


REFUSED = {
    "no file": body(field("title", b"x")),
    "empty form": b"--grenze--\r\n",
    "two files": body((FILE, b"1"), (FILE, b"2")),
    "a file in another part": body((FILE.replace(b'"file"', b'"scan"'), b"1")),
    "a file without a name": body(field("file", b"scan.pdf")),
    "a part without a name": body((b"Content-Disposition: form-data", b"x"), (FILE, b"1")),
    "a part without headers": body((b"X: y", b"x"), (FILE, b"1")),
    "the same field twice": body(field("title", b"x"), field("title", b"y"), (FILE, b"1")),
    "text that is not UTF-8": body(field("title", "Müller".encode("latin-1")), (FILE, b"1")),
    "a NUL in a text": body(field("title", b"a\0b"), (FILE, b"1")),
    "another boundary": body((FILE, b"1")).replace(b"grenze", b"andere"),
    "a header without end": b"--grenze\r\nX: " + b"y" * 100_000,
    "no form at all": b"%PDF-1.7",
}


STRANGE = [b"filename*=x; filename*0=a", b"filename*=\0''x", b"filename*=idna''a%ff", b"filename*=undefined''x"]
REFUSED |= {
    f"strange {head!r}": body((b'Content-Disposition: form-data; name="file"; ' + head, b"1")) for head in STRANGE
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("size", [1, 1 << 16])
def test_what_is_no_form_with_one_file_is_refused_as_422(name: str, size: int) -> None:
    with pytest.raises(BadForm) as refused:
        read(REFUSED[name], size)
    assert (refused.value.status, refused.value.code) == (422, "form-invalid")


TOO_LARGE = {
    "a long field": body(field("title", b"x" * (65 << 10)), (FILE, b"1")),
    "many fields": body(*(field(f"f{number}", b"x") for number in range(33)), (FILE, b"1")),
    "many long fields": body(*(field(f"f{number}", b"x" * 60_000) for number in range(20)), (FILE, b"1")),
    "a long foreword": b"\r\n" * 600_000 + body((FILE, b"1")),
    "a long afterword": body((FILE, b"1")) + b"x" * 1_200_000,
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_too_much_beside_the_file_is_refused_as_413(name: str) -> None:
    with pytest.raises(FormTooLarge) as refused:
        read(TOO_LARGE[name])
    assert refused.value.status == 413


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=grenze",
     f"multipart/form-data; boundary={'x' * 500}", "multipart/form-data; boundary=€"],
)  # fmt: skip
def test_another_kind_of_body_is_refused(content_type: str) -> None:
    with pytest.raises(BadForm):
        Form(content_type)


NAMES = {
    b'filename="../../x"': "x",
    b'filename="C:\\\\Scans\\\\Bescheid.pdf"': "Bescheid.pdf",
    b'filename="/etc/passwd"': "passwd",
    b'filename=".."': "unbenannt",
    b'filename=""': "unbenannt",
    b'filename="a\0\x1b[31mb\x7f.pdf"': "a[31mb.pdf",
    'filename="Mietvertrag Müller.pdf"'.encode(): "Mietvertrag Müller.pdf",
    b"filename*=utf-8''Bescheid%20f%C3%BCr%20M%C3%BCller.pdf": "Bescheid für Müller.pdf",
    b"filename=\"x.pdf\"; filename*=utf-8''..%2F..%2F%C3%BC.pdf": "ü.pdf",
    b"filename*=iso-8859-1''M%FCller.pdf": "Müller.pdf",
    'filename="rechnung\u202efdp.exe"'.encode(): "rechnungfdp.exe",
}


@pytest.mark.parametrize("sent", NAMES)
def test_a_file_name_is_shown_without_path_and_invisible_characters(sent: bytes) -> None:
    form, _ = read(body((b'Content-Disposition: form-data; name="file"; ' + sent, b"1")))
    assert form.filename == NAMES[sent]


@settings(deadline=None)
@given(st.text(max_size=400))
def test_no_name_becomes_empty_long_or_a_path(sent: str) -> None:
    shown = display_name(sent)
    assert 0 < len(shown) <= 200
    assert shown not in {".", ".."}
    assert not set(shown) & set("/\\\0\r\n\x7f")


DISPOSITION = st.lists(
    st.sampled_from(["form-data", ";", " ", "name", "filename", "*", "*0", "*0*", "*1", "=", '"', "file", "utf-8", "'",
                     "%C3%BC", "%ff", "%", "\\", "ü", "€", "\n", "\0", ":", "(", "x-none", "*99999999999999999999"])
).map("".join)  # fmt: skip


@settings(deadline=None)
@given(st.one_of(DISPOSITION, DISPOSITION.map('form-data; name="file"; filename'.__add__), st.text()))
def test_a_disposition_of_any_form_is_read_or_refused(disposition: str) -> None:
    with contextlib.suppress(BadForm):
        form, file = read(body((b"Content-Disposition: " + disposition.encode(), b"1")))
        assert form.filename
        assert file == b"1"


def test_a_long_name_keeps_its_suffix() -> None:
    assert display_name("x" * 300 + ".pdf").endswith("x.pdf")
    assert len(display_name("x" * 300 + ".pdf")) == 200

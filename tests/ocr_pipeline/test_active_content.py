"""What a PDF could do by itself is not in its archival copy; the original is another file and stays as it was."""

import io
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from ocr_pipeline import Pipeline
from tests.ocr_pipeline.sheets import TEXT, drawn
from tests.ocr_pipeline.test_nasty import whole_way


def armed() -> bytes:
    """JavaScript at opening, on a page and in the names, a link that launches a program, a program embedded."""
    with pikepdf.open(io.BytesIO(drawn(TEXT))) as pdf:
        script = Dictionary(S=Name.JavaScript, JS=String("app.launchURL('http://boese.example')"))
        pdf.Root.OpenAction = script
        pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("los"), pdf.make_indirect(script)])))
        page = pdf.pages[0]
        page.AA = Dictionary(O=script)
        launch = Dictionary(S=Name.Launch, F=String("schad.exe"))
        page.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 99, 99]), A=launch)])
        pdf.attachments["schad.exe"] = b"MZ\x90\0 Schadprogramm"
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def test_scripts_launch_actions_and_embedded_programs_stay_out_of_the_archival_copy(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    data = armed()
    _, _, archival = whole_way(pipeline, data, tmp_path)
    with pikepdf.open(archival) as pdf:
        assert not {"/OpenAction", "/AA"} & set(pdf.Root.keys())
        assert "/AA" not in pdf.pages[0].obj
        assert list(pdf.attachments) == []
        everything = b"".join(
            each.unparse(resolved=True) for each in pdf.objects if not isinstance(each, pikepdf.Stream)
        )
        streams = b"".join(each.read_bytes() for each in pdf.objects if isinstance(each, pikepdf.Stream))
    for trace in (b"/JavaScript", b"/EmbeddedFile", b"/JS", b"/Launch", b"schad.exe", b"boese.example"):
        assert trace not in everything
    assert b"Schadprogramm" not in streams
    assert armed_parts(data) == 5


def armed_parts(data: bytes) -> int:
    """How many of these things the original still has."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        there = ["/OpenAction" in pdf.Root, "/JavaScript" in pdf.Root.Names, "/AA" in pdf.pages[0].obj]
        there += [Name.Launch == pdf.pages[0].Annots[0].A.S, "schad.exe" in pdf.attachments]
    return sum(there)

"""`python -m search` runs alone: builds from readings, answers with JSON lines, refuses clearly."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def search(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "search", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60)


def reading(path: Path, *pages: str) -> Path:
    made = [
        {
            "number": number, "width": 2480, "height": 3508, "dpi": 300, "rotation": 0, "source": "ocr",
            "confidence": 0.9,
            "words": [
                {"text": word, "box": [10 * place, 0, 10 * place + 8, 9], "confidence": 0.9, "line": 1}
                for place, word in enumerate(text.split())
            ],
        }
        for number, text in enumerate(pages, start=1)
    ]  # fmt: skip
    engine = {"name": "e", "version": "1", "languages": "deu+eng"}
    path.write_text(json.dumps({"format": "eakte-reading", "version": 1, "engine": engine, "pages": made}))
    return path


def test_what_is_built_is_found_with_boxes(tmp_path: Path) -> None:
    files = [reading(tmp_path / "a.json", "Strom", "Der Mietvertrag"), reading(tmp_path / "b.json", "Die Miete")]
    assert search("build", tmp_path / "index", *files).returncode == 0
    answer = search("query", tmp_path / "index", "Miete")
    lines = [json.loads(each) for each in answer.stdout.splitlines()]
    assert [(each["document"], each["page"]) for each in lines] == [("b", 1), ("a", 2)]
    assert lines[1]["words"] == [{"text": "Mietvertrag", "box": [10, 0, 18, 9]}]
    assert lines[0]["score"] > lines[1]["score"]
    assert len(search("query", tmp_path / "index", "Miete", "--limit", 1).stdout.splitlines()) == 1


def test_an_index_grows_and_a_reading_of_the_same_name_replaces(tmp_path: Path) -> None:
    search("build", tmp_path / "index", reading(tmp_path / "a.json", "Miete"))
    search("build", tmp_path / "index", reading(tmp_path / "b.json", "Miete"))
    search("build", tmp_path / "index", reading(tmp_path / "a.json", "Strom"))
    answer = search("query", tmp_path / "index", "Miete")
    assert [json.loads(each)["document"] for each in answer.stdout.splitlines()] == ["b"]


def test_what_is_no_reading_is_named_and_the_rest_is_built(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"format": "eakte-reading", "version": 1, "pages": [{"number": 1}]}')
    (tmp_path / "text.json").write_text("no JSON")
    files = [tmp_path / "bad.json", tmp_path / "text.json", tmp_path / "none.json"]
    answer = search("build", tmp_path / "index", *files, reading(tmp_path / "a.json", "Miete"))
    assert answer.returncode == 1
    assert all(str(file) in answer.stderr for file in files)
    assert "Traceback" not in answer.stderr
    assert search("query", tmp_path / "index", "Miete").stdout


def test_a_word_in_a_box_without_end_is_no_reading(tmp_path: Path) -> None:
    for number, edge in enumerate(["Infinity", str(10**30)]):
        endless = reading(tmp_path / f"endless{number}.json", "Miete")
        endless.write_text(endless.read_text().replace("[0, 0, 8, 9]", f"[0, 0, {edge}, 9]"))
        built = search("build", tmp_path / f"index{number}", endless)
        assert (built.returncode, "Traceback" in built.stderr, endless.name in built.stderr) == (1, False, True)


def test_equal_stems_wrong_use_and_missing_index_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    files = [reading(tmp_path / "a.json", "Miete"), reading(tmp_path / "x" / "a.json", "Miete")]
    assert search("build", tmp_path / "index", *files).returncode == 2
    assert not (tmp_path / "index").exists()
    for arguments in [
        ("query", tmp_path / "index", "Miete"),
        ("query", tmp_path),
        ("query", tmp_path, "a", "--limit", 0),
    ]:
        answer = search(*arguments)
        assert answer.returncode == 2
        assert "Traceback" not in answer.stderr
    assert "build" in search("--help").stdout

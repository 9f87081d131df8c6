"""What the index on local disk promises beyond the port: processes, crashes, damage, disk space."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from search.embedded import EmbeddedIndex
from search.errors import BuildSuperseded, IndexBusy, IndexUnusable
from search.german import Analyzer
from search.port import Replacement
from tests.search.samples import entry, found

WRITER = """
import sys
from pathlib import Path
from search.embedded import EmbeddedIndex
from tests.search.samples import entry
index = EmbeddedIndex(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(int(sys.argv[2]), 10**6):
    index.replace(f"d{number}", 1, [entry(f"Miete wort{number} " + "Text " * 200, page=page) for page in range(1, 30)])
    print(number, flush=True)
"""


def writer(folder: Path, first: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(folder), str(first)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_killed_writer_leaves_the_last_commit_and_never_blocks_the_next(
    embedded: EmbeddedIndex, tmp_path: Path
) -> None:
    written = -1
    for round_number in range(4):
        process = writer(tmp_path / "index", written + 1)
        assert line(process) == "ready"
        for _ in range(3):
            written = int(line(process))
        time.sleep(0.003 * round_number)
        process.send_signal(signal.SIGKILL)
        rest = process.communicate()[0].split()
        written = int(rest[-1]) if rest and rest[-1].isdigit() else written
        started = time.monotonic()
        embedded.replace("after", round_number, [entry(f"nachher runde{round_number}")])
        assert time.monotonic() - started < 2
        assert found(embedded, f"runde{round_number}") == ["after:1:1"]
        for number in range(written + 1):
            assert len(found(embedded, f"wort{number}")) == 29
        assert len(found(embedded, f"wort{written + 1}")) in (0, 29)


def test_another_process_finds_what_was_written_within_half_a_second(embedded: EmbeddedIndex, tmp_path: Path) -> None:
    process = writer(tmp_path / "index", 0)
    try:
        assert line(process) == "ready"
        for number in range(5):
            assert int(line(process)) == number
            started = time.monotonic()
            assert len(found(embedded, f"wort{number}")) == 29
            assert time.monotonic() - started < 0.5
    finally:
        process.kill()
        process.communicate()


def test_two_processes_write_in_turn_and_lose_nothing(embedded: EmbeddedIndex, tmp_path: Path) -> None:
    process = writer(tmp_path / "index", 0)
    try:
        assert line(process) == "ready"
        for number in range(5):
            embedded.replace(f"mine{number}", 1, [entry(f"eigenes{number}")])
            theirs = int(line(process))
            assert found(embedded, f"eigenes{number}") == [f"mine{number}:1:1"]
            assert len(found(embedded, f"wort{theirs}")) == 29
    finally:
        process.kill()
        process.communicate()


def test_a_writer_that_holds_on_is_reported_after_the_set_wait_and_reading_goes_on(
    embedded: EmbeddedIndex, tmp_path: Path, analyzer: Analyzer
) -> None:
    embedded.replace("d", 1, [entry("Miete")])
    impatient = EmbeddedIndex(tmp_path / "index", analyzer=analyzer, wait_seconds=0.1)
    with (tmp_path / "index" / "writer.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(IndexBusy):
            impatient.replace("d", 2, [entry("Strom")])
        assert found(impatient, "Miete") == ["d:1:1"]
    impatient.replace("d", 2, [entry("Strom")])
    assert found(embedded, "Strom") == ["d:1:1"]


def test_a_missing_index_is_said_to_be_missing_and_is_not_made_by_writing(tmp_path: Path) -> None:
    index = EmbeddedIndex(tmp_path / "none")
    with pytest.raises(IndexUnusable):
        found(index, "Miete")
    with pytest.raises(IndexUnusable):
        index.replace("d", 1, [entry("Miete")])


@pytest.mark.parametrize("damage", ["meta.json", "segments", "folder", "pointer", "format"])
def test_a_damaged_index_is_said_to_be_unusable_and_a_fresh_build_mends_it(
    tmp_path: Path, analyzer: Analyzer, damage: str
) -> None:
    folder = tmp_path / "index"
    first = EmbeddedIndex(folder, analyzer=analyzer)
    first.create()
    first.replace("d", 1, [entry("Miete")])
    first.close()
    spoil(folder, damage)
    index = EmbeddedIndex(folder, analyzer=analyzer)
    with pytest.raises(IndexUnusable):
        found(index, "Miete")
    build = index.fresh()
    build.replace_many([Replacement("d", 1, [entry("Miete")])])
    index.swap(build)
    assert found(index, "Miete") == ["d:1:1"]
    index.replace("e", 1, [entry("Miete")])
    assert found(index, "Miete") == ["d:1:1", "e:1:1"]


@pytest.mark.parametrize("damage", ["meta.json", "segments", "folder", "pointer", "format"])
def test_live_writes_go_on_while_a_damaged_index_is_built_anew(tmp_path: Path, analyzer: Analyzer, damage: str) -> None:
    folder = tmp_path / "index"
    first = EmbeddedIndex(folder, analyzer=analyzer)
    first.create()
    first.replace("d", 1, [entry("Miete")])
    first.close()
    spoil(folder, damage)
    index = EmbeddedIndex(folder, analyzer=analyzer)
    with pytest.raises(IndexUnusable):
        index.replace("e", 1, [entry("Miete")])
    build = index.fresh()
    index.replace("e", 1, [entry("Miete")])
    index.swap(build)
    assert found(index, "Miete") == ["e:1:1"]


def test_a_build_that_nobody_works_at_any_more_is_given_up(embedded: EmbeddedIndex, tmp_path: Path) -> None:
    build = embedded.fresh()
    embedded.replace("d", 1, [entry("Miete")])
    assert len(list((tmp_path / "index").glob("g-*"))) == 2
    hours_ago = time.time() - 7200
    os.utime(tmp_path / "index" / "building", (hours_ago, hours_ago))
    embedded.replace("e", 1, [entry("Miete")])
    assert len(list((tmp_path / "index").glob("g-*"))) == 1
    assert found(embedded, "Miete") == ["d:1:1", "e:1:1"]
    with pytest.raises(BuildSuperseded):
        embedded.swap(build)


def spoil(folder: Path, damage: str) -> None:
    (generation,) = folder.glob("g-*")
    match damage:
        case "meta.json":
            (generation / "meta.json").write_text("{")
        case "segments":
            for file in generation.glob("*.*"):
                if file.suffix in {".term", ".idx", ".store", ".fast"}:
                    file.write_bytes(b"spoiled")
        case "folder":
            generation.rename(folder / "elsewhere")
        case "pointer":
            (folder / "current").write_bytes(b"\xff")
        case _:
            (folder / "current").write_text('{"format": 0, "generation": "g-x"}')


def test_other_processes_follow_a_swap_and_the_old_files_go(
    embedded: EmbeddedIndex, tmp_path: Path, analyzer: Analyzer
) -> None:
    reader = EmbeddedIndex(tmp_path / "index", analyzer=analyzer)
    embedded.replace("old", 1, [entry("Miete")])
    assert found(reader, "Miete") == ["old:1:1"]
    build = embedded.fresh()
    build.replace_many([Replacement("new", 1, [entry("Miete")])])
    embedded.swap(build)
    assert found(reader, "Miete") == ["new:1:1"]
    assert len(list((tmp_path / "index").glob("g-*"))) == 1


def test_many_small_writes_leave_few_files(embedded: EmbeddedIndex, tmp_path: Path) -> None:
    for number in range(60):
        embedded.replace(f"d{number % 10}", number, [entry(f"Miete nummer{number}")])
    assert len(found(embedded, "Miete")) == 10
    assert len(list(tmp_path.rglob("*"))) < 120
    assert sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file()) < 1_000_000


def test_a_forked_child_that_lives_on_does_not_keep_the_lock(embedded: EmbeddedIndex) -> None:
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(ready, 1)
        os._exit(0)
    try:
        embedded.replace("d", 1, [entry("Miete")])
        assert found(embedded, "Miete") == ["d:1:1"]
    finally:
        os.write(told, b"x")
        os.waitpid(child, 0)
        os.close(ready)
        os.close(told)

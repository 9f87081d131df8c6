import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from ocr_pipeline import Limits, Pipeline, Stopped, Unreadable
from tests.ocr_pipeline.sheets import scan, scanned

ENGINES = "tests.ocr_pipeline.engines:"
QUICK = Limits(seconds=20, memory=1 << 30, file_size=64 << 20)
FAULTS = {
    "Crash": "crashed",
    "Hang": "hung",
    "OutOfMemory": "out-of-memory",
    "AbortOutOfMemory": "out-of-memory",
    "WritesWithoutEnd": "too-large",
    "Garbage": "garbage",
    "TalksOutOfTurn": "garbage",
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Page 1 is upright and harmless, page 2 is wide: there the failing engines fail."""
    path = tmp_path_factory.mktemp("pages") / "pages.pdf"
    wide = scan()
    path.write_bytes(scanned(wide.rotate(90, expand=True), wide))
    return path


def children_of(parent: int) -> list[int]:
    """Process ids of the contained children of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes()
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if b"ocr_pipeline.child" in words and f'"parent": {parent}'.encode() in words and state != "Z":
                found.append(int(entry.name))
    return found


@pytest.mark.parametrize(("fault", "code"), FAULTS.items())
def test_a_page_that_fails_its_child_is_named_and_the_next_is_read(fault: str, code: str, pages: Path) -> None:
    limits = replace(QUICK, seconds=4) if fault == "Hang" else QUICK
    with Pipeline(1, limits, ENGINES + fault) as pipeline:
        with pytest.raises(Unreadable) as failed:
            pipeline.read(pages, [1, 2])
        assert (failed.value.code, failed.value.page) == (code, 2)
        assert pipeline.read(pages, [1])[0].words


def test_what_libraries_print_does_not_disturb_the_replies(pages: Path) -> None:
    with Pipeline(1, QUICK, ENGINES + "Prints") as pipeline:
        assert [page.number for page in pipeline.read(pages, [1, 2])] == [1, 2]


def test_a_child_sees_none_of_the_secrets_in_the_environment(pages: Path) -> None:
    os.environ["EAKTE_MASTER_KEY_FILE"] = os.environ["SOME_TOKEN"] = "geheim"
    try:
        with Pipeline(1, QUICK, ENGINES + "Environment") as pipeline:
            names = {word.text for word in pipeline.read(pages, [1])[0].words}
    finally:
        del os.environ["EAKTE_MASTER_KEY_FILE"], os.environ["SOME_TOKEN"]
    assert "OMP_THREAD_LIMIT" in names
    assert not {name for name in names if "EAKTE" in name or "TOKEN" in name}


def test_many_threads_share_few_children(pages: Path) -> None:
    with Pipeline(2, QUICK, ENGINES + "Calm") as pipeline, ThreadPoolExecutor(8) as threads:
        numbers = [1, 2] * 20
        found = list(threads.map(lambda number: pipeline.read(pages, [number])[0].number, numbers))
        assert found == numbers
        assert len(children_of(os.getpid())) >= 2


def test_children_outlive_the_thread_that_asked_first(pages: Path) -> None:
    with Pipeline(1, QUICK, ENGINES + "Calm") as pipeline:
        before = set(children_of(os.getpid()))
        asking = threading.Thread(target=lambda: pipeline.read(pages, [1]))
        asking.start()
        asking.join()
        started = set(children_of(os.getpid())) - before
        time.sleep(0.1)
        pipeline.read(pages, [2])
        assert set(children_of(os.getpid())) - before == started


def test_children_die_with_a_killed_parent(pages: Path) -> None:
    script = (
        "from pathlib import Path; from ocr_pipeline import Pipeline, Limits\n"
        f"Pipeline(1, Limits(), '{ENGINES}Hang').read(Path({str(pages)!r}), [1, 2])"
    )
    parent = subprocess.Popen([sys.executable, "-c", script])
    deadline = time.monotonic() + 20
    while not children_of(parent.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    started = children_of(parent.pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    while children_of(parent.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert started
    assert not children_of(parent.pid)


def test_closing_with_kill_ends_a_working_child_at_once(pages: Path) -> None:
    pipeline = Pipeline(1, Limits(seconds=60), ENGINES + "Hang")
    with ThreadPoolExecutor(2) as threads:
        working = threads.submit(pipeline.read, pages, [2])
        waiting = threads.submit(pipeline.read, pages, [1])
        time.sleep(1)
        start = time.monotonic()
        pipeline.close(kill=True)
        assert time.monotonic() - start < 3
        for asked in (working, waiting):
            with pytest.raises(Stopped):
                asked.result()


def test_closing_lets_the_present_work_end(pages: Path) -> None:
    pipeline = Pipeline(1, QUICK, ENGINES + "Calm")
    with ThreadPoolExecutor(1) as threads:
        working = threads.submit(pipeline.read, pages, [1])
        time.sleep(0.1)
        pipeline.close()
        assert working.result()[0].words
    with pytest.raises(Stopped):
        pipeline.read(pages, [1])


def test_a_child_killed_from_outside_is_not_the_documents_fault(pages: Path) -> None:
    with Pipeline(1, Limits(seconds=30), ENGINES + "Hang") as pipeline, ThreadPoolExecutor(1) as threads:
        before = set(children_of(os.getpid()))
        working = threads.submit(pipeline.read, pages, [2])
        deadline = time.monotonic() + 10
        while not (started := set(children_of(os.getpid())) - before) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(1)
        os.kill(started.pop(), signal.SIGKILL)
        with pytest.raises(Unreadable) as failed:
            working.result()
        assert failed.value.code == "killed"
        assert failed.value.passing


def test_no_temporary_files_are_left(pages: Path, tmp_path: Path) -> None:
    with Pipeline(1, QUICK, ENGINES + "WritesWithoutEnd", tmp_path) as pipeline:
        with pytest.raises(Unreadable):
            pipeline.read(pages, [2])
        pipeline.read(pages, [1])
    assert list(tmp_path.iterdir()) == []

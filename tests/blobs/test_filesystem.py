"""What only files can promise or break: modes, kill -9, a full disk."""

import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from eakte.blobs.filesystem import FilesystemBlobs
from eakte.blobs.port import BlobClass, Missing, StoreFailed, blob_key

KEY = blob_key(uuid4(), BlobClass.ORIGINAL, uuid4())


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_folders_and_files_are_private(tmp_path: Path) -> None:
    root = tmp_path / "a" / "blobs"
    sink = FilesystemBlobs(root).sink(KEY)
    sink.write(b"x")
    sink.commit()
    assert [stat.S_IMODE(path.stat().st_mode) for path in files(root)] == [0o600]
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


KILLED = """
import sys
from pathlib import Path
from eakte.blobs.filesystem import FilesystemBlobs
sink = FilesystemBlobs(Path(sys.argv[1])).sink(sys.argv[2])
sink.write(bytes(1 << 20))
print("written", flush=True)
sys.stdin.read()
"""


def test_a_killed_writer_leaves_nothing_visible_and_is_in_nobodys_way(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path), KEY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"written\n"
        writer.send_signal(signal.SIGKILL)
    store = FilesystemBlobs(tmp_path)
    with pytest.raises(Missing):
        store.size(KEY)
    assert list(store.keys("")) == []
    sink = store.sink(KEY)
    sink.write(b"second try")
    sink.commit()
    assert store.read(KEY, 0, 99) == b"second try"
    assert store.clear_unfinished(datetime.now(UTC) + timedelta(seconds=5)) == 1
    assert len(files(tmp_path)) == 1


FULL = """
import resource, signal, sys
from pathlib import Path
from eakte.blobs.filesystem import FilesystemBlobs
from eakte.blobs.port import StoreFull
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
sink = FilesystemBlobs(Path(sys.argv[1])).sink(sys.argv[2])
try:
    for _ in range(3):
        sink.write(bytes(700_000))
    sink.commit()
except StoreFull as full:
    sink.abort()
    print(full.status, full.code)
"""


def test_a_writer_without_room_says_507_and_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path), KEY], capture_output=True, text=True, check=True)
    assert done.stdout == "507 store-full\n"
    assert files(tmp_path) == []


def test_an_error_of_the_system_becomes_store_failed(tmp_path: Path) -> None:
    store = FilesystemBlobs(tmp_path)
    (tmp_path / ".part").rmdir()
    for act in (lambda: store.sink(KEY), store.check, lambda: store.clear_unfinished(datetime.now(UTC))):
        with pytest.raises(StoreFailed) as failed:
            act()
        assert failed.value.status == 503


def test_a_foreign_file_in_the_folder_is_not_listed(tmp_path: Path) -> None:
    store = FilesystemBlobs(tmp_path)
    sink = store.sink(KEY)
    sink.commit()
    for folder in (tmp_path, tmp_path / KEY.split("/")[0], next(tmp_path.rglob(KEY.split("/")[2])).parent):
        (folder / "notes.txt").write_text("?")
        (folder / str(uuid4())).write_text("?")
    assert KEY in [listed.key for listed in store.keys("")]
    assert len(list(store.keys(""))) == 1

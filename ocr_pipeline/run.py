"""The one place that starts child processes: contained, long-lived, asked by one JSON line each way.

A child holds no secret, has its own session, and dies with this process: the kernel sends the death signal when the
*thread* that started the child ends, so all children are started from one thread that lives as long as the process.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Self

from ocr_pipeline.errors import Stopped, Unreadable

LONGEST_REPLY = 256 << 20
PR_SET_PDEATHSIG = 1
KEPT = ("PATH", "TESSDATA_PREFIX", "TZ")

_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="starts-children")


@dataclass(frozen=True)
class Limits:
    """What one child may use: wall-clock seconds per request, bytes of memory and of one file, pixels, pages."""

    seconds: float = 60.0
    memory: int = 2 << 30
    file_size: int = 4 << 30
    pixels: int = 150_000_000
    pages: int = 2000


def start(argv: list[str], env: Mapping[str, str], cwd: Path, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    """A program in its own session with pipes on stdin and stdout, started from the thread that never ends."""

    def begin() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            argv, stdin=-1, stdout=-1, stderr=errors, start_new_session=True, env=dict(env), cwd=cwd
        )

    return _starter.submit(begin).result()


def run_inside(argv: list[str], more: Mapping[str, str], cwd: Path) -> int:
    """For a contained child: a program within its limits and its session, so whatever ends the child ends both.

    `more` stands beside the child's own environment. Returns the exit status. A fork loses the death signal, so it is
    taken anew.
    """

    def die_with_the_child() -> None:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    return subprocess.run(
        argv, stdin=subprocess.DEVNULL, stdout=2, env={**os.environ, **more}, cwd=cwd, check=False,
        preexec_fn=die_with_the_child,
    ).returncode  # fmt: skip


def environment(scratch: Path) -> dict[str, str]:
    """All a child sees of our environment: where programs lie and that one process means one thread."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    paths = os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path if entry and Path(entry).is_dir())
    return kept | {
        "LANG": "C.UTF-8",
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "PYTHONPATH": paths or str(Path(__file__).parents[1]),
        "OMP_THREAD_LIMIT": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }


class Children:
    """A pool of `count` contained children, for any number of threads; each ask waits for an idle one.

    `engine` names what recognises (see `ocr_pipeline.engine.load`); `scratch` is a folder for their temporary files.
    """

    def __init__(self, count: int, limits: Limits, engine: str = "tesserocr", scratch: Path | None = None) -> None:
        self.limits = limits
        self._children = [_Child(limits, engine, scratch) for _ in range(count)]
        self._idle = list(self._children)
        self._changed = threading.Condition()
        self._closed = False

    def ask(self, act: str, *args: Any, seconds: float | None = None) -> Any:
        """The child's answer (JSON); raises `Unreadable` by the child's verdict or death, `Stopped` after `close`."""
        child = self._take(act, args)
        try:
            return child.ask(act, args, self.limits.seconds if seconds is None else seconds)
        except Unreadable:
            if self._closed:
                raise Stopped from None
            raise
        finally:
            self._give_back(child)

    def close(self, *, kill: bool = False) -> None:
        """End all children: after their present work, or with `kill` at once; whoever waits gets `Stopped`."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            if kill:
                for child in self._children:
                    child.kill()
            self._changed.wait_for(lambda: len(self._idle) == len(self._children))
        for child in self._children:
            child.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        self.close(kill=kind is not None)

    def _take(self, act: str, args: tuple[Any, ...]) -> _Child:
        with self._changed:
            self._changed.wait_for(lambda: self._idle or self._closed)
            if self._closed:
                raise Stopped
            child = max(self._idle, key=lambda each: each.warmth(act, args))
            self._idle.remove(child)
            return child

    def _give_back(self, child: _Child) -> None:
        with self._changed:
            self._idle.append(child)
            self._changed.notify_all()


class _Child:
    """One child process, started at its first request and again after a death; used by one thread at a time."""

    def __init__(self, limits: Limits, engine: str, scratch: Path | None) -> None:
        self._settings = json.dumps({"limits": asdict(limits), "engine": engine, "parent": os.getpid()})
        self._scratch_parent = scratch
        self._process: subprocess.Popen[bytes] | None = None
        self._done: set[str] = set()
        self._last: object = None
        self._killed = threading.Event()

    def warmth(self, act: str, args: tuple[Any, ...]) -> tuple[bool, bool]:
        """How well prepared it is: did such an act before, has this file open."""
        return act in self._done, bool(args) and args[0] == self._last

    def ask(self, act: str, args: tuple[Any, ...], seconds: float) -> Any:
        if self._killed.is_set():
            raise Stopped
        process = self._process or self._begin()
        hung = threading.Event()

        def stop() -> None:
            hung.set()
            _kill_session(process)

        timer = threading.Timer(seconds, stop)
        timer.start()
        try:
            reply = _exchange(process, act, args)
        finally:
            timer.cancel()
        if reply is None or hung.is_set():
            raise self._bury(hung=hung.is_set())
        self._done.add(act)
        self._last = args[0] if args else None
        return self._verdict(reply)

    def kill(self) -> None:
        """End it whatever it does, from any thread; its next `ask` is refused."""
        self._killed.set()
        if process := self._process:
            _kill_session(process)

    def end(self) -> None:
        """Let it end by itself (it does at the end of its input), else kill it."""
        if process := self._process:
            assert process.stdin is not None
            with contextlib.suppress(OSError):
                process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
            self._bury(hung=False)

    def _begin(self) -> subprocess.Popen[bytes]:
        self._scratch = Path(tempfile.mkdtemp(prefix="ocr-", dir=self._scratch_parent))
        self._errors = tempfile.TemporaryFile(dir=self._scratch)  # noqa: SIM115  # lives as long as the child
        argv = [sys.executable, "-P", "-m", "ocr_pipeline.child", self._settings]
        self._done, self._last = set(), None
        self._process = start(argv, environment(self._scratch), self._scratch, self._errors)
        if self._killed.is_set():
            _kill_session(self._process)
        return self._process

    def _verdict(self, reply: Mapping[str, Any]) -> Any:
        if reply.get("last"):
            self._bury(hung=False)
        if "error" in reply:
            raise Unreadable(str(reply["error"]), str(reply.get("detail", "")), reply.get("page"))
        return reply["ok"]

    def _bury(self, *, hung: bool) -> Unreadable:
        """Reap the child and what it left; says how it died."""
        process, self._process = self._process, None
        assert process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.2)  # it may be dying by itself: then its own signal tells why
        died_alone = process.poll() is not None
        _kill_session(process)
        code = process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, self._errors.tell() - 2000))
        words = self._errors.read().decode(errors="replace")
        self._errors.close()
        shutil.rmtree(self._scratch, ignore_errors=True)
        return Unreadable("hung") if hung else _death(code if died_alone else 0, words)


def _exchange(process: subprocess.Popen[bytes], act: str, args: tuple[Any, ...]) -> dict[str, Any] | None:
    """The child's reply, None where it died or spoke something else."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps([act, args]).encode() + b"\n")
        process.stdin.flush()
        line = process.stdout.readline(LONGEST_REPLY)
    except OSError:
        return None
    return _parsed(line) if line else None


def _parsed(line: bytes) -> dict[str, Any]:
    """The reply; a child that speaks anything else is not asked again."""
    with contextlib.suppress(ValueError):
        reply = json.loads(line)
        if isinstance(reply, dict) and ("ok" in reply or "error" in reply):
            return reply
    return {"error": "garbage", "detail": repr(line[:100]), "last": True}


def _death(code: int, words: str) -> Unreadable:
    if any(sign in words for sign in ("bad_alloc", "MemoryError", "Cannot allocate memory")):
        return Unreadable("out-of-memory", words[-300:])
    if code == -signal.SIGXFSZ:
        return Unreadable("too-large", "SIGXFSZ")
    if code == -signal.SIGKILL:
        return Unreadable("killed", "SIGKILL")
    detail = signal.Signals(-code).name if code < 0 else f"exit {code}"
    return Unreadable("crashed", f"{detail} {words[-300:]}".strip())


def _kill_session(process: subprocess.Popen[bytes]) -> None:
    """Kill the child and all it started; also after its own end, for what it may have left running."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)

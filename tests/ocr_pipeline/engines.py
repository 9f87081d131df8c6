"""Engines that fail, each in its way: failures are injected where they would happen."""

# ruff: noqa: ARG002  # they share one signature

from __future__ import annotations

import ctypes
import os
import signal
import time
from pathlib import Path

from PIL import Image

from ocr_pipeline.engine import FoundLine, FoundWord
from ocr_pipeline.reading import Line


class Calm:
    """Finds one word on every page and none in a line cut out of it."""

    name, version, languages = "test", "1", "deu"

    def recognise(self, image: Image.Image, dpi: float, *, uneven: bool) -> list[FoundLine]:
        word = FoundWord("gefunden" * 8, (10, 10, 60, 30), 90.0)
        return [FoundLine(Line(word.box, None, True), (word,))]

    def recognise_line(self, image: Image.Image, dpi: float) -> list[FoundWord]:
        return []

    def quarter_turns(self, image: Image.Image, dpi: float) -> int:
        return 0


class Wide(Calm):
    """Fails on pages wider than high only; `fail` is what happens then."""

    def recognise(self, image: Image.Image, dpi: float, *, uneven: bool) -> list[FoundLine]:
        return self.fail() if image.width > image.height else super().recognise(image, dpi, uneven=uneven)

    def fail(self) -> list[FoundLine]:
        raise NotImplementedError


class Crash(Wide):
    def fail(self) -> list[FoundLine]:
        os.kill(os.getpid(), signal.SIGSEGV)
        return []


class Hang(Wide):
    def fail(self) -> list[FoundLine]:
        while True:
            time.sleep(1)


class OutOfMemory(Wide):
    def fail(self) -> list[FoundLine]:
        held = []
        while True:
            held.append(bytearray(64 << 20))


class AbortOutOfMemory(Wide):
    """As C++ does it."""

    def fail(self) -> list[FoundLine]:
        os.write(2, b"terminate called after throwing an instance of 'std::bad_alloc'\n")
        os.abort()


class WritesWithoutEnd(Wide):
    def fail(self) -> list[FoundLine]:
        with Path("big").open("wb") as file:
            while True:
                file.write(bytes(16 << 20))


class Garbage(Wide):
    """Words that lie nowhere."""

    def fail(self) -> list[FoundLine]:
        word = FoundWord("\x00" * 70, (-5, 10, 10**9, 3), float("nan"))
        return [FoundLine(Line(word.box, None, True), (word,))]


class TalksOutOfTurn(Wide):
    """Speaks on the pipe that replies take."""

    def fail(self) -> list[FoundLine]:
        for fd in range(3, 20):
            try:
                os.write(fd, b"Hallo!\n")
            except OSError:
                continue
        return []


class Prints(Calm):
    """Libraries print: to stdout by Python and by C."""

    def recognise(self, image: Image.Image, dpi: float, *, uneven: bool) -> list[FoundLine]:
        print('{"ok": "from print"}', flush=True)
        ctypes.CDLL(None).puts(b'{"ok": "from puts"}')
        ctypes.CDLL(None).fflush(None)
        return super().recognise(image, dpi, uneven=uneven)


class Environment(Calm):
    """Finds the names of its environment's variables instead of words."""

    def recognise(self, image: Image.Image, dpi: float, *, uneven: bool) -> list[FoundLine]:
        words = tuple(FoundWord(name, (10, 10, 60, 30), 90.0) for name in sorted(os.environ))
        return [FoundLine(Line((10, 10, 60, 30), None, True), words)]

"""Engines that end their child in ways that say nothing about the page."""

# ruff: noqa: ARG002  # they share one signature

from __future__ import annotations

import os
import signal
from pathlib import Path

from PIL import Image

from ocr_pipeline.engine import FoundLine
from tests.ocr_pipeline.engines import Calm


class CrashesOnce(Calm):
    """The first page ever recognised ends its child; the note beside the children's folders remembers it."""

    def recognise(self, image: Image.Image, dpi: float, *, uneven: bool) -> list[FoundLine]:
        note = Path(os.environ["HOME"]).with_name("crashed-once")
        if not note.exists():
            note.touch()
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().recognise(image, dpi, uneven=uneven)


class Killed(Calm):
    """As if somebody killed every child from outside."""

    def recognise(self, image: Image.Image, dpi: float, *, uneven: bool) -> list[FoundLine]:
        os.kill(os.getpid(), signal.SIGKILL)
        return []

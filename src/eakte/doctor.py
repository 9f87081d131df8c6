"""`eakte doctor`: what is wrong on this machine, and how to mend it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from eakte import wiring
from eakte.errors import Problem
from eakte.readiness import checks
from eakte.settings import Settings

PROGRAMS = {"tesseract": "apt-get install tesseract-ocr tesseract-ocr-deu", "setpriv": "apt-get install util-linux"}
FILES = {
    "/usr/share/tesseract-ocr/5/tessdata/deu.traineddata": "apt-get install tesseract-ocr-deu",
    "/usr/share/dict/ngerman": "apt-get install wngerman",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf": "apt-get install fonts-liberation",
}


def doctor(settings: Settings) -> int:
    """Print a line for each thing looked at; 0 when all is well."""
    wrong = 0
    for name, remedy in findings(settings):
        print(f"ok      {name}" if remedy is None else f"FEHLER  {name}: {remedy}")
        wrong += remedy is not None
    return 1 if wrong else 0


def findings(settings: Settings) -> Iterator[tuple[str, str | None]]:
    """What was looked at, and how to mend it (None: all is well)."""
    for program, remedy in PROGRAMS.items():
        yield program, None if shutil.which(program) else remedy
    for file, remedy in FILES.items():
        yield file, None if Path(file).is_file() else remedy
    free = shutil.disk_usage(settings.home if settings.home.exists() else settings.home.anchor).free
    enough = free >= settings.free_space_min
    yield "free space", None if enough else f"nur noch {free >> 20} MiB frei: Platz schaffen"
    yield from _parts(settings)


def _parts(settings: Settings) -> Iterator[tuple[str, str | None]]:
    try:
        house = wiring.furnish(settings, pool=1)
    except Problem as problem:
        yield "database", f"{problem.detail}. {problem.remedy}"
        return
    for name, check in checks(house).items():
        yield name, _remedy(check)
    house.close()


def _remedy(check: Callable[[], None]) -> str | None:
    try:
        check()
    except Problem as problem:
        return f"{problem.detail}. {problem.remedy}"
    return None

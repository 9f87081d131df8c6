"""`eakte doctor`: what is wrong with this house, and how to mend it."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from eakte import migrate, wiring
from eakte.access.acts import all_tenants
from eakte.channels.acts import UNKNOWN, states
from eakte.channels.sources import read_sources
from eakte.errors import Problem
from eakte.gate.clamd import Clamd
from eakte.jobs import is_idle
from eakte.readiness import require_room
from eakte.settings import Settings
from eakte.wiring import House

PROGRAMS = {"tesseract": "apt-get install tesseract-ocr tesseract-ocr-deu", "setpriv": "apt-get install util-linux"}
FILES = {
    "/usr/share/tesseract-ocr/5/tessdata/deu.traineddata": "apt-get install tesseract-ocr-deu",
    "/usr/share/dict/ngerman": "apt-get install wngerman",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf": "apt-get install fonts-liberation",
}
OLDEST_SERVER = 150000
SKEW = 2.0
"""Seconds by which our clock and the database's may differ."""

Finding = tuple[str, str | None]
"""What was looked at, and how to mend it (None: all is well)."""


def doctor(settings: Settings) -> int:
    """Print a line for each thing looked at; 0 when all is well."""
    wrong = 0
    for name, remedy in findings(settings):
        print(f"ok      {name}" if remedy is None else f"FEHLER  {name}: {remedy}")
        wrong += remedy is not None
    return 1 if wrong else 0


def findings(settings: Settings) -> Iterator[Finding]:
    """Of the machine, then of the house; what cannot be looked at because of an earlier finding is left out."""
    yield from _survived("machine", _machine(settings))
    try:
        house = wiring.furnish(settings, pool=1)
    except Exception as error:  # noqa: BLE001 (whatever is broken, who looks for it hears of it)
        yield "house", _told(error)
        return
    try:
        yield from inspect(house)
    finally:
        house.close()


def inspect(house: House) -> Iterator[Finding]:
    """Of the connected parts: keys, store, database, then what needs more than one of them."""
    yield from _survived("master key file", _master_key(house.settings))
    broken = _remedy(house.vault.check)
    yield "blobs" if broken else f"blobs in {house.blobs.describe()}", broken
    yield "free space", _remedy(partial(require_room, house))
    yield "search", _remedy(house.indexes.check)
    if house.settings.clamd:
        yield "malware scanner", _remedy(Clamd(house.settings.clamd).check)
    answers = _remedy(house.database.check)
    yield "database", answers
    if answers is None:
        yield from _survived("database", _database(house))
        migrated = _remedy(partial(migrate.require_head, house.database))
        yield "migrations", migrated
        if migrated is None:
            yield from _survived("tenants", _whole(house))


def _machine(settings: Settings) -> Iterator[Finding]:
    for program, remedy in PROGRAMS.items():
        yield program, None if shutil.which(program) else remedy
    for file, remedy in FILES.items():
        yield file, None if Path(file).is_file() else remedy
    there = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    few = f"nur noch {free >> 20} MiB in {there}, weniger als ein Achtel von EAKTE_FREE_SPACE_MIN: Platz schaffen"
    yield "free space of EAKTE_HOME", few if free < settings.home_space_min else None
    writable = os.access(there, os.W_OK | os.X_OK)
    yield "EAKTE_HOME", None if writable else f"{there} ist nicht beschreibbar: Besitzer oder EAKTE_HOME berichtigen"


def _master_key(settings: Settings) -> Iterator[Finding]:
    """Whether it can be read at all is the matter of `blobs`."""
    file = settings.master_key
    if file.exists():
        open_to_others = stat.S_IMODE(file.stat().st_mode) & 0o077
        yield "master key file", f"andere können {file} lesen: chmod 600 {file}" if open_to_others else None


def _database(house: House) -> Iterator[Finding]:
    before, standing, after = house.clock(), house.database.standing(), house.clock()
    role = (
        f"EAKTE_DATABASE_URL auf eine Rolle NOSUPERUSER NOBYPASSRLS stellen, der keine Tabelle gehört; {standing.role} "
    )
    why = "umgeht die Trennung der Mandanten" if standing.sees_past else "kann sie abschalten"
    yield "database role", role + why if standing.sees_past or standing.owns_tables else None
    old = f"PostgreSQL {standing.server // 10000} ist zu alt: mindestens {OLDEST_SERVER // 10000}"
    yield "database server", old if standing.server < OLDEST_SERVER else None
    skew = max((before - standing.at).total_seconds(), (standing.at - after).total_seconds())
    differ = f"die Uhren von Dienst und Datenbank gehen um {skew:.0f} s auseinander: beide Rechner stellen (NTP)"
    yield "clock", differ if skew > SKEW else None


def _whole(house: House) -> Iterator[Finding]:
    for tenant, name in all_tenants(house.database):
        yield f"keys of {name}", _remedy(partial(house.vault.public_keys, tenant))
        found = house.indexes.usable(tenant)
        yield f"index of {name}", None if found else "fehlt oder ist beschädigt: eakte reindex"
    yield from _survived("channels", _sources(house))
    with house.database.installation() as connection:
        idle = is_idle(connection)
    yield "worker", "Aufträge warten, und seit 30 s lebt kein Worker: eakte work starten" if idle else None


def _sources(house: House) -> Iterator[Finding]:
    sources = read_sources(house.settings.channels_file)
    for name, code in states(house.database, sources).items():
        never = "noch nie abgefragt: läuft ein Worker mit dieser EAKTE_CHANNELS_FILE?"
        wrong = (
            never if code == UNKNOWN else f"gestört ({code}), siehe docs/reference/errors.md und das Log des Workers"
        )
        yield f"source {name}", wrong if code else None


def _remedy(check: Callable[[], object]) -> str | None:
    try:
        check()
    except Exception as error:  # noqa: BLE001 (as above)
        return _told(error)
    return None


def _survived(name: str, found: Iterator[Finding]) -> Iterator[Finding]:
    """All of these findings; what breaks while looking is the last of them."""
    try:
        yield from found
    except Exception as error:  # noqa: BLE001 (as above)
        yield name, _told(error)


def _told(error: Exception) -> str:
    """With what the part itself says, which only the operator's terminal gets to see."""
    return _told_of(error) if isinstance(error, Problem) else _unexpected(error)


def _unexpected(error: Exception) -> str:
    cause = getattr(error, "orig", error)
    said = str(cause).strip().partition("\n")[0]
    return f"unerwarteter Fehler {type(cause).__name__} ({said}): Ursache beheben, sonst mit dieser Zeile nachfragen"


def _told_of(problem: Problem) -> str:
    cause = getattr(problem.__cause__, "orig", problem.__cause__)
    said = [*str(cause or "").strip().split("\n")[:1], *getattr(problem, "__notes__", [])]
    because = "; ".join(filter(None, said))
    return f"{problem.detail.rstrip('.')}. {problem.remedy}" + (f" ({because})" if because else "")

"""What can be done at the gate: enter a scan, set an original apart, and ask how a version stands."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on, insert

from eakte.database import Unit
from eakte.gate.model import MACROS, OPENED, QUARANTINED, SCANNED, WHY_MACROS, Scan, State, Subject, Verdict
from eakte.gate.tables import malware_scans, quarantined_originals
from eakte.journal import Moment, record, record_read

_SCAN = [malware_scans.c[field.name] for field in fields(Scan)]


def newest_scan(unit: Unit, document: UUID, version: int) -> Scan | None:
    """The scan of the very bytes of a version that counts; None where none was made."""
    return _own(unit, [(document, version)]).get(document)


def standing(unit: Unit, subjects: Sequence[Subject]) -> dict[UUID, Scan]:
    """By document: what is known of one version of each. Pages cut out of a file stand as the whole of it does."""
    found = _own(unit, [(each.document, each.version) for each in subjects])
    files = {each.received_file for each in subjects if each.document not in found}
    of_whole = _of_whole(unit, list(files)) if files else {}
    inherited = {each.document: of_whole[each.received_file] for each in subjects if each.received_file in of_whole}
    return inherited | found


def _own(unit: Unit, versions: Sequence[tuple[UUID, int]]) -> dict[UUID, Scan]:
    wanted = tuple_(malware_scans.c.document, malware_scans.c.version).in_(list(versions))
    found = select(malware_scans.c.document, *_SCAN).where(wanted).ext(distinct_on(malware_scans.c.document))
    rows = unit.all(found.order_by(malware_scans.c.document, malware_scans.c.number.desc()))
    return {row.document: _scan(row) for row in rows}


def _of_whole(unit: Unit, files: Sequence[UUID]) -> dict[UUID, Scan]:
    wanted = malware_scans.c.received_file.in_(list(files)), malware_scans.c.entry.is_(None)
    found = select(malware_scans.c.received_file, *_SCAN).where(*wanted).ext(distinct_on(malware_scans.c.received_file))
    rows = unit.all(found.order_by(malware_scans.c.received_file, malware_scans.c.at.desc()))
    return {row.received_file: _scan(row) for row in rows}


def _scan(row: Any) -> Scan:
    return Scan(**{field.name: row._mapping[field.name] for field in fields(Scan)})


def enter(unit: Unit, moment: Moment, subject: Subject, number: int, found: Verdict, engine: str) -> bool:
    """Enter a scan; False, and nothing done, where another one with this number was quicker."""
    row = vars(subject) | vars(found) | {"number": number, "engine": engine, "at": moment.at}
    entered = insert(malware_scans).values(tenant=unit.tenant, **row).on_conflict_do_nothing()
    if unit.run(entered.returning(malware_scans.c.number)).first() is None:
        return False
    details = {**vars(found), "state": str(found.state), "engine": engine, "version": subject.version}
    record(unit, moment, SCANNED, subject.received_file, details, also=[subject.document])
    return True


def set_apart(unit: Unit, moment: Moment, document: UUID, version: int) -> None:
    """The original of this version holds macros; said once."""
    row = {"tenant": unit.tenant, "document": document, "version": version, "cause": MACROS}
    noted = insert(quarantined_originals).values(at=moment.at, **row).on_conflict_do_nothing()
    if unit.run(noted.returning(quarantined_originals.c.cause)).first() is not None:
        record(unit, moment, QUARANTINED, document, {"version": version, "cause": MACROS})


def quarantine(unit: Unit, document: UUID, version: int, whole_file: UUID | None) -> str | None:
    """Why the original of a version is kept apart, in German, or None.

    `whole_file`: the received file that the original is the whole of; then it counts what was found in its parts.
    """
    scan = newest_scan(unit, document, version)
    if scan is not None and scan.state == State.INFECTED:
        return f"In der Datei wurde Schadsoftware gefunden: {scan.signature}."
    apart = select(quarantined_originals).where(
        quarantined_originals.c.document == document, quarantined_originals.c.version == version
    )
    if unit.one(apart) is not None:
        return WHY_MACROS
    inside = None if whole_file is None else _found_inside(unit, whole_file)
    return None if inside is None else f"In einer Datei darin wurde Schadsoftware gefunden: {inside}."


def note_opened(unit: Unit, moment: Moment, document: UUID, version: int, why: str) -> None:
    """Enter that somebody takes an original out of quarantine to look at it; it stays there."""
    record_read(unit, moment, OPENED, document, {"version": version, "quarantine": why})


def _found_inside(unit: Unit, received_file: UUID) -> str | None:
    """A signature found in the newest scan of some version that came out of this file."""
    hit = malware_scans.c.received_file == received_file, malware_scans.c.state == State.INFECTED
    infected = unit.all(select(malware_scans).where(*hit))
    found = (row for row in infected if _scan(row) == newest_scan(unit, row.document, row.version))
    return next((str(row.signature) for row in found), None)

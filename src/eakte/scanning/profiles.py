"""Scan profiles and procedures of a tenant: defined by one administrator, profiles released by another."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from eakte.database import Unit
from eakte.errors import Forbidden, NotFound, Refused
from eakte.journal import Moment, record
from eakte.scanning.evidence import (
    PROCEDURE_ADOPTED,
    PROFILE_DEFINED,
    PROFILE_RELEASED,
    SHIPPED,
    Organisation,
    Procedure,
    Profile,
    template_procedure,
)
from eakte.scanning.evidence_tables import scan_procedures, scan_profiles
from eakte.scanning.model import UnknownProfile


class FourEyes(Forbidden):
    """The rule of two persons: who did the first step may not do the second."""

    code, title = "four-eyes", "Das muss eine andere Person tun"
    remedy = "Eine zweite Person mit passender Rolle bitten, die am ersten Schritt nicht beteiligt war."


@dataclass(frozen=True)
class Defined:
    """A version of a profile with who defined and released it; the service itself for those that are shipped."""

    profile: Profile
    defined_by: UUID | None = None
    released_by: UUID | None = None
    released_at: datetime | None = None

    @property
    def released(self) -> bool:
        """Whether batches may name it."""
        return self.defined_by is None or self.released_by is not None


def define(unit: Unit, moment: Moment, **said: Any) -> Profile:
    """The next version of the profile of this name; no batch can use it until somebody else releases it."""
    newest = select(func.max(scan_profiles.c.version)).where(scan_profiles.c.name == said["name"])
    shipped = SHIPPED[said["name"]].version if said["name"] in SHIPPED else 0
    profile = Profile(version=max(unit.run(newest).scalar() or 0, shipped) + 1, **said)
    unit.run(
        scan_profiles.insert().values(
            tenant=unit.tenant, defined_by=moment.actor, defined_at=moment.at, **asdict(profile)
        )
    )  # fmt: skip
    record(unit, moment, PROFILE_DEFINED, unit.tenant, asdict(profile))
    return profile


def release(unit: Unit, moment: Moment, name: str, version: int) -> Defined:
    """Let batches use this version; FourEyes for who defined it, Refused the second time."""
    chosen = (scan_profiles.c.name == name, scan_profiles.c.version == version)
    row = unit.one(select(scan_profiles).where(*chosen).with_for_update())
    if row is None:
        raise NotFound("Es gibt kein solches Scanprofil.")
    if row.released_by is not None:
        raise Refused("Dieses Scanprofil ist schon freigegeben.")
    if row.defined_by == moment.actor:
        raise FourEyes("Ein Scanprofil gibt frei, wer es nicht festgelegt hat.")
    unit.run(scan_profiles.update().where(*chosen).values(released_by=moment.actor, released_at=moment.at))
    record(unit, moment, PROFILE_RELEASED, unit.tenant, {"name": name, "version": version})
    return Defined(_profile(row), row.defined_by, moment.actor, moment.at)


def listed(unit: Unit) -> list[Defined]:
    """Every version of every profile, shipped ones first."""
    own = [
        Defined(_profile(row), row.defined_by, row.released_by, row.released_at)
        for row in unit.all(select(scan_profiles).order_by(scan_profiles.c.name, scan_profiles.c.version))
    ]
    return [*(Defined(profile) for profile in SHIPPED.values()), *own]


def newest_released(unit: Unit, name: str) -> Profile:
    """What a batch that names this profile is captured by; UnknownProfile where nothing of that name is released."""
    found = [each.profile for each in listed(unit) if each.released]
    versions = [profile for profile in found if profile.name == name]
    if not versions:
        names = ", ".join(sorted({profile.name for profile in found}))
        raise UnknownProfile(f"Es gibt kein Scanprofil „{name}“; bekannt: {names}.")
    return max(versions, key=lambda profile: profile.version)


def known(unit: Unit, name: str, version: int) -> Profile:
    """The version that a batch was announced with."""
    return next(each.profile for each in listed(unit) if (each.profile.name, each.profile.version) == (name, version))


def _profile(row: Any) -> Profile:
    return Profile(**{field.name: row._mapping[field.name] for field in fields(Profile)})


def adopt(unit: Unit, moment: Moment, procedure: Procedure) -> None:
    """From now on transfer notes name this version of the Verfahrensdokumentation."""
    said = {name: value for name, value in asdict(procedure).items() if name != "since"}
    unit.run(
        scan_procedures.insert().values(
            tenant=unit.tenant, id=moment.new_id(), since=procedure.since, adopted_by=moment.actor,
            adopted_at=moment.at, **said,
        )
    )  # fmt: skip
    record(unit, moment, PROCEDURE_ADOPTED, unit.tenant, {"version": procedure.version, "title": procedure.title})


def procedures(unit: Unit) -> Sequence[Procedure]:
    """All that were adopted, newest first."""
    rows = unit.all(select(scan_procedures).order_by(scan_procedures.c.adopted_at.desc(), scan_procedures.c.id.desc()))
    return [_procedure(row) for row in rows]


def procedure_on(unit: Unit, tenant_title: str, day: date) -> Procedure:
    """What was in force on that day, the shipped template where nothing was."""
    return next((each for each in procedures(unit) if each.since <= day), template_procedure(tenant_title))


def _procedure(row: Any) -> Procedure:
    client = Organisation(**row.client) if row.client else None
    return Procedure(row.title, row.version, row.since, Organisation(**row.contractor), client)

"""Scan profiles and procedures over HTTP: for administrators to define, for everybody to look up."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, Field

from eakte.access.api import Caller
from eakte.access.model import Permission
from eakte.database import Unit
from eakte.scanning import profiles
from eakte.scanning.evidence import Organisation, Procedure
from eakte.scanning.profiles import Defined
from eakte.web.once import Answer
from eakte.web.problems import PROBLEMS
from eakte.web.words import WITHOUT_NUL, Day

router = APIRouter(prefix="/v1", tags=["scanning"], responses=PROBLEMS)

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
Text = Annotated[str, Field(min_length=1, max_length=200, pattern=WITHOUT_NUL)]


class NewProfile(BaseModel):
    """How paper is to be captured."""

    name: Name
    sides: Literal[1, 2]
    resolution: int = Field(ge=100, le=1200)
    colour: Literal["bitonal", "grey", "colour"]
    format: Literal["pdf", "pdf/a-2b", "tiff", "jpeg"]


class ProfileBody(BaseModel):
    """A version of a profile; batches may name it once it is released. `shipped`: it came with eakte."""

    name: str
    version: int
    sides: int
    resolution: int
    colour: str
    format: str
    released: bool
    shipped: bool
    released_at: AwareDatetime | None


class ProfileList(BaseModel):
    """Every version of every profile."""

    items: list[ProfileBody]
    next: None = None


class OrganisationBody(BaseModel):
    """An organisation as transfer notes name it."""

    name: Text
    city: Text
    unit: Text
    street: Text | None = None
    postcode: Text | None = None


class ProcedureBody(BaseModel):
    """A version of the Verfahrensdokumentation; `contractor` scans, `client` lets scan."""

    title: Text
    version: Text
    since: date
    contractor: OrganisationBody
    client: OrganisationBody | None = None


class NewProcedure(ProcedureBody):
    """The version that comes into force on the day `since`."""

    since: Day


class ProcedureList(BaseModel):
    """What was adopted, newest first."""

    items: list[ProcedureBody]
    next: None = None


def _body(defined: Defined) -> dict[str, Any]:
    profile = defined.profile
    return {
        "name": profile.name, "version": profile.version, "sides": profile.sides, "resolution": profile.resolution,
        "colour": profile.colour, "format": profile.format, "released": defined.released,
        "shipped": defined.defined_by is None,
        "released_at": defined.released_at and defined.released_at.isoformat(),
    }  # fmt: skip


@router.get("/scan-profiles")
def list_profiles(caller: Caller) -> ProfileList:
    """Scan profiles, released and not."""
    with caller.database.look(caller.principal.tenant) as unit:
        return ProfileList(items=[ProfileBody(**_body(each)) for each in profiles.listed(unit)])


@router.post("/scan-profiles", status_code=201, response_model=ProfileBody)
def define_profile(caller: Caller, wanted: NewProfile) -> Response:
    """Define the next version of a scan profile; another administrator releases it."""
    caller.need(Permission.ADMINISTER)

    def act(unit: Unit) -> Answer:
        profile = profiles.define(unit, caller.moment, **wanted.model_dump())
        return Answer(201, _body(Defined(profile, caller.principal.id)))

    return caller.once(wanted, act)


@router.post("/scan-profiles/{name}/versions/{number}/releases", status_code=201, response_model=ProfileBody)
def release_profile(
    caller: Caller, name: Annotated[str, Path(max_length=60)], number: Annotated[int, Path(ge=1, le=2**31 - 1)]
) -> Response:
    """Let batches use this version of a scan profile; not for who defined it."""
    caller.need(Permission.ADMINISTER)

    def act(unit: Unit) -> Answer:
        return Answer(201, _body(profiles.release(unit, caller.moment, name, number)))

    return caller.once(b"", act)


@router.get("/scan-procedures")
def list_procedures(caller: Caller) -> ProcedureList:
    """Versions of the Verfahrensdokumentation, newest first."""
    with caller.database.look(caller.principal.tenant) as unit:
        found = profiles.procedures(unit)
    return ProcedureList(items=[ProcedureBody.model_validate(each, from_attributes=True) for each in found])


@router.post("/scan-procedures", status_code=201, response_model=ProcedureBody)
def adopt_procedure(caller: Caller, wanted: NewProcedure) -> Response:
    """Put a version of the Verfahrensdokumentation into force; transfer notes name it from then on."""
    caller.need(Permission.ADMINISTER)

    def act(unit: Unit) -> Answer:
        profiles.adopt(unit, caller.moment, _procedure(wanted))
        return Answer(201, wanted.model_dump(mode="json"))

    return caller.once(wanted, act)


def _procedure(said: NewProcedure) -> Procedure:
    client = None if said.client is None else Organisation(**said.client.model_dump())
    return Procedure(said.title, said.version, said.since, Organisation(**said.contractor.model_dump()), client)

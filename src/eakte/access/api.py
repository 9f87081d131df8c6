"""Who calls: bearer tokens, sessions, the own password. Other rooms take `Caller` from here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AwareDatetime, BaseModel, Field

from eakte.access import acts, sessions
from eakte.access.model import PasswordChangeRequired, Permission, Principal
from eakte.database import Database, Unit
from eakte.errors import NotFound, Unauthorized
from eakte.journal import Moment
from eakte.web.once import Answer, IdempotencyKey, Repeatable
from eakte.web.problems import PROBLEMS
from eakte.web.words import Word

router = APIRouter(prefix="/v1", tags=["access"], responses=PROBLEMS)
_bearer = HTTPBearer(auto_error=False, description="API-Schlüssel oder Sitzungstoken")


@dataclass(frozen=True)
class Call:
    """One authenticated request."""

    principal: Principal
    moment: Moment
    database: Database
    route: str
    idempotency_key: str | None

    def need(self, permission: Permission) -> None:
        """Forbidden unless one of the caller's roles allows it."""
        self.principal.need(permission)

    def once(self, said: BaseModel | bytes, act: Callable[[Unit], Answer]) -> Response:
        """Run `act` in one writing transaction, once per Idempotency-Key; `said` is the request's content."""
        content = said if isinstance(said, bytes) else said.model_dump_json().encode()
        with self.database.unit(self.principal.tenant) as unit:
            answer = self.repeatable.answer(unit, self.moment.at, content, lambda: act(unit))
        return answer.response()

    @property
    def repeatable(self) -> Repeatable:
        """This request as one that may come again."""
        return Repeatable(self.principal.id, self.route, self.idempotency_key)


def moment_of(request: Request, principal: Principal) -> Moment:
    """Now, by the service's clock."""
    return Moment(principal.id, request.app.state.clock(), request.app.state.new_id)


def any_call(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    idempotency_key: IdempotencyKey = None,
) -> Call:
    """The caller, also one who must change the password first."""
    if credentials is None:
        raise Unauthorized
    database: Database = request.app.state.database
    principal = acts.bearer(database, credentials.credentials, request.app.state.clock())
    return Call(
        principal, moment_of(request, principal), database, f"{request.method} {request.url.path}", idempotency_key
    )


async def call(found: Annotated[Call, Depends(any_call)]) -> Call:  # async: without another hop to a thread
    """The caller, unless the password must be changed first."""
    if found.principal.must_change:
        raise PasswordChangeRequired
    return found


Caller = Annotated[Call, Depends(call)]


class SignIn(BaseModel):
    """Name and password of a local user."""

    tenant: Word
    user: Word
    password: str = Field(max_length=1000)


class Session(BaseModel):
    """A bearer token and its end."""

    token: str
    expires_at: AwareDatetime


class NewPassword(BaseModel):
    """The own password's change."""

    old: str = Field(max_length=1000)
    new: str = Field(max_length=1000)


class Me(BaseModel):
    """Who the caller is. `org_units` by code; all of them for the whole tenant."""

    user: str
    tenant: str
    roles: list[str]
    org_units: list[str]


@router.post("/sessions", status_code=201)
def sign_in(request: Request, response: Response, who: SignIn) -> Session:
    """A session for a local user's name and password."""
    response.headers["Cache-Control"] = "no-store"
    database: Database = request.app.state.database
    try:
        tenant = acts.tenant_named(database, who.tenant)
    except NotFound:
        sessions.refuse_nobody(who.password)
    moment = Moment(tenant, request.app.state.clock(), request.app.state.new_id)
    token, until = sessions.sign_in(database, moment, tenant, who.user, who.password)
    return Session(token=str(token), expires_at=until)


@router.delete("/sessions/current", status_code=204)
def sign_out(caller: Annotated[Call, Depends(any_call)]) -> None:
    """End the session of this token."""
    with caller.database.unit(caller.principal.tenant) as unit:
        sessions.sign_out(unit, caller.moment, caller.principal)


@router.put("/me/password", status_code=204)
def change_password(caller: Annotated[Call, Depends(any_call)], wanted: NewPassword) -> None:
    """Change the own password; all other sessions end."""
    sessions.change_password(caller.database, caller.moment, caller.principal, wanted.old, wanted.new)


@router.get("/me")
def me(caller: Annotated[Call, Depends(any_call)]) -> Me:
    """Name, tenant, roles and org units of the caller."""
    principal = caller.principal
    with caller.database.look(principal.tenant) as unit:
        units = acts.org_unit_codes(unit, principal.org_units)
    return Me(user=principal.name, tenant=principal.tenant_name, roles=list(principal.roles), org_units=units)

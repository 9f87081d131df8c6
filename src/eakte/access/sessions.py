"""Local users: signing in with a password, sessions of twelve hours, brute force slowed by name."""

import hashlib
import secrets
import threading
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NoReturn
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION
from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from eakte.access.acts import create_principal
from eakte.access.model import PASSWORD_CHANGED, SIGNED_IN, SIGNED_OUT, Principal, Token, TooManyAttempts, hashed
from eakte.access.tables import principals, sessions, sign_in_failures
from eakte.database import Database, Unit
from eakte.errors import Invalid, Unauthorized, Unavailable
from eakte.journal import Moment, record

LASTS = timedelta(hours=12)
FREE_TRIES = 3
LONGEST_WAIT = 900
SHORTEST_PASSWORD = 12

_hasher = PasswordHasher()
_checking = threading.BoundedSemaphore(2)


def _fitting_nothing() -> str:
    """A hash that is as much work to check as any other, of no password: hashing one would slow every start."""
    sizes = _hasher.salt_len, _hasher.hash_len
    salt, tag = (b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in sizes)
    costs = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${costs}${salt}${tag}"


_nobody = _fitting_nothing()


class SignInBusy(Unavailable):
    """Many are signing in at this moment."""

    code, title = "sign-in-busy", "Zu viele Anmeldungen zugleich"
    retry_after = 1


class WrongPassword(Unauthorized):
    """Tenant, name or password is wrong; which of them is not said."""

    code, title = "sign-in-failed", "Anmeldung nicht möglich"
    remedy = "Mandant, Name und Kennwort prüfen."


def create_user(unit: Unit, moment: Moment, name: str, roles: Sequence[str], units: Sequence[str]) -> str:
    """A user; returns the generated password, which must be changed at the first sign-in."""
    password = secrets.token_urlsafe(12)
    create_principal(unit, moment, "user", name, _hasher.hash(password).encode(), roles, units, must_change=True)
    return password


def sign_in(database: Database, moment: Moment, tenant: UUID, name: str, password: str) -> tuple[Token, datetime]:
    """A session's token and its end. An attempt is counted before it is judged, so many at once gain nothing."""
    with database.unit(tenant) as unit:
        _count_attempt(unit, moment.at, name)
        user = unit.one(_user_named(name))
    if not _right(user.secret.decode() if user else _nobody, password) or user is None:
        raise WrongPassword
    with database.unit(tenant) as unit:
        unit.run(sign_in_failures.delete().where(sign_in_failures.c.name_digest == _digest(name)))
        token, until = Token.new("s", tenant, moment.new_id()), moment.at + LASTS
        unit.run(sessions.delete().where(sessions.c.expires_at < moment.at))
        unit.run(
            sessions.insert().values(
                tenant=tenant, id=token.id, principal=user.id, secret=hashed(token.secret), expires_at=until
            )
        )
        record(unit, Moment(user.id, moment.at, moment.new_id), SIGNED_IN, user.id)
    return token, until


def refuse_nobody(password: str) -> NoReturn:
    """WrongPassword, after as long as a wrong password of somebody takes."""
    _right(_nobody, password)
    raise WrongPassword


def sign_out(unit: Unit, moment: Moment, principal: Principal) -> None:
    """End the session the request came with; keys have none."""
    if principal.session is None:
        raise Invalid("Ein API-Schlüssel hat keine Sitzung.", remedy="eakte key revoke")
    unit.run(sessions.delete().where(sessions.c.id == principal.session))
    record(unit, moment, SIGNED_OUT, principal.id)


def change_password(database: Database, moment: Moment, principal: Principal, old: str, new: str) -> None:
    """Change the own password; all other sessions end."""
    if principal.session is None:
        raise Invalid("Ein API-Schlüssel hat kein Kennwort.", remedy="eakte key revoke, eakte key create")
    if len(new) < SHORTEST_PASSWORD or new == old:
        raise Invalid(f"Das neue Kennwort braucht mindestens {SHORTEST_PASSWORD} Zeichen und muss sich unterscheiden.")
    with database.unit(principal.tenant) as unit:
        _count_attempt(unit, moment.at, principal.name)
        user = unit.one(_user_named(principal.name))
    if user is None or not _right(user.secret.decode(), old):
        raise WrongPassword("Das bisherige Kennwort stimmt nicht.")
    kept = _hasher.hash(new).encode()
    with database.unit(principal.tenant) as unit:
        mine = principals.c.id == principal.id
        unit.run(principals.update().where(mine).values(secret=kept, must_change=False))
        unit.run(sessions.delete().where(sessions.c.principal == principal.id, sessions.c.id != principal.session))
        unit.run(sign_in_failures.delete().where(sign_in_failures.c.name_digest == _digest(principal.name)))
        record(unit, moment, PASSWORD_CHANGED, principal.id)


def _user_named(name: str) -> Select[tuple[UUID, bytes]]:
    return select(principals.c.id, principals.c.secret).where(
        principals.c.kind == "user", principals.c.name == name, principals.c.ended_at.is_(None)
    )


def _right(kept: str, password: str) -> bool:
    """At most two at once, since each keeps a thread of the service and a core busy for 50 ms."""
    if not _checking.acquire(blocking=False):
        raise SignInBusy
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
    finally:
        _checking.release()


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _count_attempt(unit: Unit, now: datetime, name: str) -> None:
    """TooManyAttempts while the name must wait: twice as long after each failure beyond the free ones."""
    key = {"tenant": unit.tenant, "name_digest": _digest(name)}
    unit.run(sign_in_failures.delete().where(sign_in_failures.c.last_at < now - timedelta(days=1)))
    unit.run(insert(sign_in_failures).values(failures=0, last_at=now, **key).on_conflict_do_nothing())
    mine = sign_in_failures.c.name_digest == key["name_digest"]
    row = unit.run(select(sign_in_failures).where(mine).with_for_update()).one()
    if row.failures >= FREE_TRIES:
        wait = min(LONGEST_WAIT, 2 ** (row.failures - FREE_TRIES))
        rest = (row.last_at + timedelta(seconds=wait) - now).total_seconds()
        if rest > 0:
            raise TooManyAttempts(int(rest) + 1)
    unit.run(sign_in_failures.update().where(mine).values(failures=row.failures + 1, last_at=now))

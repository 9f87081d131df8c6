"""Tenants, org units, users and keys; who a token belongs to; what a principal sees."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, text
from sqlalchemy.dialects.postgresql import insert

from eakte.access.model import (
    KEY_CREATED,
    KEY_ENDED,
    NORMAL,
    ORG_UNIT_CREATED,
    ROOT,
    TENANT_CREATED,
    UNFILED,
    Permission,
    Person,
    Principal,
    Sight,
    Token,
    hashed,
    unknown_roles,
)
from eakte.access.tables import org_units, principals, scopes, sessions, tenants
from eakte.database import Database, Unit
from eakte.errors import Invalid, NotFound, Refused, Unauthorized
from eakte.journal import Moment, record

_BELOW = text("""
    WITH RECURSIVE below AS (
        SELECT id FROM org_units WHERE tenant = :tenant AND (CAST(:tops AS uuid[]) IS NULL OR id = ANY(:tops))
        UNION SELECT o.id FROM org_units o JOIN below b ON o.above = b.id WHERE o.tenant = :tenant)
    SELECT s.id, s.file_part FROM scopes s JOIN below b ON s.org_unit = b.id WHERE s.tenant = :tenant""")


def create_tenant(unit: Unit, moment: Moment, name: str, title: str) -> None:
    """The tenant's own row and its first org unit; the name must be free in the installation."""
    unit.run(tenants.insert().values(id=unit.tenant, name=name, title=title, created_at=moment.at))
    root = moment.new_id()
    unit.run(org_units.insert().values(tenant=unit.tenant, id=root, code=ROOT, title=title))
    scope_of(unit, moment, root, UNFILED)
    record(unit, moment, TENANT_CREATED, unit.tenant, {"name": name, "title": title})


def tenant_named(database: Database, name: str) -> UUID:
    """The tenant's id; NotFound for an unknown name."""
    with database.named(name) as connection:
        found: UUID | None = connection.execute(select(tenants.c.id).where(tenants.c.name == name)).scalar()
    if found is None:
        raise NotFound(f"Es gibt keinen Mandanten „{name}“.", remedy="eakte tenant create NAME --title TEXT")
    return found


def tenant_since(unit: Unit) -> datetime:
    """When the tenant was created, with its keys."""
    since: datetime = unit.run(select(tenants.c.created_at).where(tenants.c.id == unit.tenant)).scalar_one()
    return since


def tenant_title(unit: Unit) -> str:
    """The name of the house as people write it."""
    title: str = unit.run(select(tenants.c.title).where(tenants.c.id == unit.tenant)).scalar_one()
    return title


def all_tenants(database: Database) -> list[tuple[UUID, str]]:
    """Id and name of every tenant; for the installation's own commands."""
    with database.installation() as connection:
        return [(row.id, row.name) for row in connection.execute(select(tenants.c.id, tenants.c.name))]


def create_org_unit(unit: Unit, moment: Moment, code: str, title: str, above: str = ROOT) -> UUID:
    """A branch office or team below another."""
    new = moment.new_id()
    unit.run(org_units.insert().values(tenant=unit.tenant, id=new, code=code, title=title, above=org_unit(unit, above)))
    scope_of(unit, moment, new, UNFILED)
    record(unit, moment, ORG_UNIT_CREATED, new, {"code": code, "title": title, "above": above})
    return new


def org_unit(unit: Unit, code: str) -> UUID:
    """Id of the org unit with this code; Invalid names the ones there are."""
    known = {row.code: row.id for row in unit.all(select(org_units.c.code, org_units.c.id))}
    if code not in known:
        raise Invalid(f"Unbekannte Organisationseinheit „{code}“; bekannt: {', '.join(sorted(known))}.")
    found: UUID = known[code]
    return found


def org_unit_codes(unit: Unit, ids: Sequence[UUID] | None) -> list[str]:
    """Codes in order; all of them for None."""
    query = select(org_units.c.code).order_by(org_units.c.code)
    return list(unit.run(query if ids is None else query.where(org_units.c.id.in_(ids))).scalars())


def home_unit(unit: Unit, principal: Principal) -> UUID:
    """The org unit that what this principal hands in or opens belongs to, where nothing else is said."""
    return principal.org_units[0] if principal.org_units else org_unit(unit, ROOT)


def scope_of(unit: Unit, moment: Moment, org: UUID, file_part: str, protection: str = NORMAL) -> UUID:
    """The opaque scope of org unit, file part and protection mark; made on first use."""
    wanted = {"tenant": unit.tenant, "org_unit": org, "file_part": file_part, "protection": protection}
    query = select(scopes.c.id).where(*_equal(wanted))
    found: UUID | None = unit.run(query).scalar()
    if found is None:
        unit.run(insert(scopes).values(id=moment.new_id(), **wanted).on_conflict_do_nothing())
        found = unit.run(query).scalar_one()
    return found


def _equal(wanted: dict[str, object]) -> list[ColumnElement[bool]]:
    return [scopes.c[name] == value for name, value in wanted.items()]


def sight(unit: Unit, principal: Principal) -> Sight:
    """All scopes of the principal's org units and those below, and which of them its roles let it see."""
    tops = None if principal.org_units is None else list(principal.org_units)
    found = unit.run(_BELOW, {"tenant": unit.tenant, "tops": tops}).all()
    everything, unfiled = principal.may(Permission.SEE), principal.may(Permission.SEE_UNFILED)
    seen = frozenset(row.id for row in found if everything or (unfiled and row.file_part == UNFILED))
    return Sight(seen, frozenset(row.id for row in found))


def create_principal(
    unit: Unit, moment: Moment, kind: str, name: str, secret: bytes, roles: Sequence[str], units: Sequence[str],
    *, must_change: bool = False,
) -> UUID:  # fmt: skip
    """A user (`secret`: argon2 hash) or a key (`secret`: SHA-256 of its secret). The name must be free."""
    if wrong := unknown_roles(roles):
        raise Invalid(f"Unbekannte Rolle: {', '.join(wrong)}.")
    taken = select(principals.c.id).where(
        principals.c.kind == kind, principals.c.name == name, principals.c.ended_at.is_(None)
    )
    if unit.one(taken) is not None:
        raise Refused(f"„{name}“ gibt es schon.", remedy="Einen anderen Namen wählen oder den alten zuerst sperren.")
    new = moment.new_id()
    unit.run(
        principals.insert().values(
            tenant=unit.tenant, id=new, kind=kind, name=name, secret=secret, must_change=must_change,
            roles=list(dict.fromkeys(roles)), org_units=[org_unit(unit, code) for code in units] or None,
            created_at=moment.at,
        )
    )  # fmt: skip
    record(unit, moment, KEY_CREATED, new, {"kind": kind, "name": name, "roles": list(roles)})
    return new


def was_created(unit: Unit, kind: str, name: str) -> bool:
    """Whether there ever was a user or key of this name, ended ones too."""
    found = select(principals.c.id).where(principals.c.kind == kind, principals.c.name == name)
    return unit.run(found.limit(1)).first() is not None


def create_key(unit: Unit, moment: Moment, name: str, roles: Sequence[str], units: Sequence[str]) -> Token:
    """A key for a machine; the token is known only to the caller, only its hash is stored."""
    token = Token.new("k", unit.tenant, UUID(int=0))
    new = create_principal(unit, moment, "key", name, hashed(token.secret), roles, units)
    return Token("k", unit.tenant, new, token.secret)


def end_principal(unit: Unit, moment: Moment, kind: str, name: str) -> None:
    """Lock a user or revoke a key; open sessions end at once."""
    ended = (
        principals.update()
        .where(principals.c.kind == kind, principals.c.name == name, principals.c.ended_at.is_(None))
        .values(ended_at=moment.at)
        .returning(principals.c.id)
    )
    found = unit.run(ended).first()
    if found is None:
        raise NotFound(f"„{name}“ gibt es nicht oder nicht mehr.")
    unit.run(sessions.delete().where(sessions.c.principal == found.id))
    record(unit, moment, KEY_ENDED, found.id, {"kind": kind, "name": name})


def listed_keys(unit: Unit) -> list[tuple[str, list[str], datetime, datetime | None]]:
    """Name, roles, created, ended of every key, oldest first."""
    query = select(principals).where(principals.c.kind == "key").order_by(principals.c.created_at)
    return [(row.name, row.roles, row.created_at, row.ended_at) for row in unit.all(query)]


def bearer(database: Database, text_of_token: str, now: datetime) -> Principal:
    """The principal a token stands for; Unauthorized when it is unknown, ended or expired."""
    token = Token.parse(text_of_token)
    found = select(principals, tenants.c.name.label("tenant_name")).join(tenants, tenants.c.id == principals.c.tenant)
    if token.kind == "s":
        found = found.join(
            sessions, and_(sessions.c.tenant == principals.c.tenant, sessions.c.principal == principals.c.id)
        ).where(sessions.c.id == token.id, sessions.c.secret == hashed(token.secret), sessions.c.expires_at > now)
    else:
        found = found.where(
            principals.c.kind == "key", principals.c.id == token.id, principals.c.secret == hashed(token.secret)
        )
    with database.unit(token.tenant) as unit:
        row = unit.one(found.where(principals.c.ended_at.is_(None)))
    if row is None:
        raise Unauthorized
    return Principal(
        row.tenant, row.tenant_name, row.id, row.name, tuple(row.roles),
        None if row.org_units is None else tuple(row.org_units),
        token.id if token.kind == "s" else None, row.must_change,
    )  # fmt: skip


def principal(unit: Unit, id_: UUID) -> Principal | None:
    """A principal by id, for jobs that act with the caller's rights; None when it has ended."""
    found = select(principals, tenants.c.name.label("tenant_name")).join(tenants, tenants.c.id == principals.c.tenant)
    row = unit.one(found.where(principals.c.id == id_, principals.c.ended_at.is_(None)))
    if row is None:
        return None
    units = None if row.org_units is None else tuple(row.org_units)
    return Principal(row.tenant, row.tenant_name, row.id, row.name, tuple(row.roles), units)


def person(unit: Unit, id_: UUID) -> Person:
    """A principal by id, ended ones too; the service itself is `eakte`."""
    name = unit.run(select(principals.c.name).where(principals.c.id == id_)).scalar()
    return Person("eakte", None) if name is None else Person(name, id_)


def person_named(unit: Unit, name: str) -> Person:
    """Whoever bears this name in any spelling of its case, a user before a key; else a name that nobody here bears."""
    query = select(principals.c.id).where(func.lower(principals.c.name) == name.lower())
    found = unit.run(query.order_by(principals.c.kind.desc(), principals.c.created_at.desc()).limit(1)).scalar()
    return Person(name, found)

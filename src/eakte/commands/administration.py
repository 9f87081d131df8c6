"""Subcommands on tenants, org units, users and keys."""

from contextlib import AbstractContextManager
from uuid import UUID

from eakte import wiring
from eakte.access import acts, sessions
from eakte.casefiles.acts import install_file_plan
from eakte.database import Unit
from eakte.documents.acts import install_types
from eakte.errors import NotFound, Refused
from eakte.journal import Moment
from eakte.journal.model import SERVICE
from eakte.recognition.catalogue import shipped_catalogue
from eakte.settings import Settings
from eakte.wiring import House


def create_tenant(settings: Settings, name: str, title: str) -> int:
    """A new Jobcenter with file plan and document types; prints the fingerprint of its signing key."""
    house = wiring.furnish(settings, pool=1)
    tenant = found_tenant(house, name, title)
    for key in house.vault.public_keys(tenant):
        print(f"Mandant „{name}“ angelegt. Fingerabdruck seines Signaturschlüssels:\n{key.fingerprint}")
    house.close()
    return 0


def found_tenant(house: House, name: str, title: str) -> UUID:
    """Keys first, durable, then the rows; Refused when the name is taken."""
    try:
        acts.tenant_named(house.database, name)
    except NotFound:
        pass
    else:
        raise Refused(f"Der Mandant „{name}“ besteht schon.", remedy="Einen anderen Namen wählen.")
    tenant = house.new_id()
    house.vault.create_tenant(tenant)
    house.indexes.create(tenant)
    with house.database.unit(tenant) as unit:
        acts.create_tenant(unit, moment(house), name, title)
        catalogue = shipped_catalogue()
        types = [*catalogue.types.values(), catalogue.unknown]
        install_types(unit, [(each.code, each.name, each.part) for each in types])
        install_file_plan(unit)
    return tenant


def moment(house: House) -> Moment:
    """Now, done by the installation itself."""
    return Moment(SERVICE, house.clock(), house.new_id)


def create_org_unit(settings: Settings, tenant: str, code: str, title: str, above: str) -> int:
    """A branch office or team."""
    house = wiring.furnish(settings, pool=1)
    with _unit(house, tenant) as unit:
        acts.create_org_unit(unit, moment(house), code, title, above)
    house.close()
    return 0


def create_user(settings: Settings, tenant: str, name: str, roles: list[str], units: list[str]) -> int:
    """A user; prints the one-time password, and nothing else, on stdout."""
    house = wiring.furnish(settings, pool=1)
    with _unit(house, tenant) as unit:
        password = sessions.create_user(unit, moment(house), name, roles, units)
    print(password)
    house.close()
    return 0


def create_key(settings: Settings, tenant: str, name: str, roles: list[str], units: list[str]) -> int:
    """An API key; prints it, and nothing else, on stdout."""
    house = wiring.furnish(settings, pool=1)
    with _unit(house, tenant) as unit:
        token = acts.create_key(unit, moment(house), name, roles, units)
    print(token)
    house.close()
    return 0


def end(settings: Settings, tenant: str, kind: str, name: str) -> int:
    """Lock a user or revoke a key."""
    house = wiring.furnish(settings, pool=1)
    with _unit(house, tenant) as unit:
        acts.end_principal(unit, moment(house), kind, name)
    house.close()
    return 0


def list_keys(settings: Settings, tenant: str) -> int:
    """Name, roles, created and ended of every key, tab-separated."""
    house = wiring.furnish(settings, pool=1)
    with _unit(house, tenant) as unit:
        for name, roles, created, ended in acts.listed_keys(unit):
            print(name, ",".join(roles), created.isoformat(), ended.isoformat() if ended else "-", sep="\t")
    house.close()
    return 0


def _unit(house: House, tenant: str) -> AbstractContextManager[Unit]:
    return house.database.unit(acts.tenant_named(house.database, tenant))

"""`eakte status`: documents by state, jobs, index lag, over all tenants."""

import json
from collections import Counter
from typing import Any

from sqlalchemy import func, select

from eakte import wiring
from eakte.access.acts import all_tenants
from eakte.documents.tables import documents
from eakte.finding.acts import lag
from eakte.jobs import counts
from eakte.settings import Settings
from eakte.wiring import House

GERMAN = {
    "received": "eingegangen", "reading": "wird gelesen", "clearing": "in Klärung", "parked": "nicht lesbar",
    "filed": "in der Akte", "withdrawn": "zurückgezogen", "disposed": "vernichtet",
}  # fmt: skip


def status(settings: Settings, *, as_json: bool) -> int:
    """Print it; 0 when the database answers."""
    house = wiring.furnish(settings, pool=1)
    found = figures(house)
    house.close()
    print(json.dumps(found) if as_json else _readable(found))
    return 0


def figures(house: House) -> dict[str, Any]:
    """`{documents: {state: n}, jobs: {waiting, running, failed}, index: {lag}}`."""
    states: Counter[str] = Counter()
    behind = 0
    for tenant, _name in all_tenants(house.database):
        with house.database.look(tenant) as unit:
            for row in unit.all(select(documents.c.state, func.count().label("count")).group_by(documents.c.state)):
                states[row.state] += row._mapping["count"]
            behind += lag(unit)
    with house.database.installation() as connection:
        jobs = counts(connection)
    return {"documents": dict(states), "jobs": jobs, "index": {"lag": behind}}


def _readable(found: dict[str, Any]) -> str:
    lines = [f"{GERMAN.get(state, state):26}{count:>8}" for state, count in sorted(found["documents"].items())]
    jobs = found["jobs"]
    return "\n".join(
        (
            "Dokumente",
            *(lines or ["(keine)"]),
            f"Aufträge: {jobs['waiting']} warten, {jobs['running']} laufen, {jobs['failed']} gescheitert",
            f"Suche: {found['index']['lag']} Dokumente noch nicht auf dem letzten Stand",
        )
    )

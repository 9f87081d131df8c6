"""`eakte status`: documents by state, jobs, index lag, over all tenants."""

import json

from eakte import wiring
from eakte.figures import Figures, figures
from eakte.settings import Settings

GERMAN = {
    "received": "eingegangen",
    "reading": "wird gelesen",
    "clearing": "in Klärung",
    "parked": "nicht lesbar",
    "filed": "in der Akte",
    "withdrawn": "zurückgezogen",
    "disposed": "vernichtet",
}


def status(settings: Settings, *, as_json: bool) -> int:
    """Print it; 0 when the database answers. JSON: `{documents: {state: n}, jobs: {state: n}, index: {lag}}`."""
    house = wiring.furnish(settings, pool=1)
    found = figures(house)
    house.close()
    told = {"documents": found.documents, "jobs": found.jobs, "index": {"lag": found.lag}}
    print(json.dumps(told) if as_json else _readable(found))
    return 0


def _readable(found: Figures) -> str:
    lines = [f"{GERMAN.get(state, state):26}{count:>8}" for state, count in sorted(found.documents.items())]
    jobs = found.jobs
    return "\n".join(
        (
            "Dokumente",
            *(lines or ["(keine)"]),
            f"Aufträge: {jobs['waiting']} warten, {jobs['running']} laufen, {jobs['failed']} gescheitert",
            f"Suche: {found.lag} Dokumente noch nicht auf dem letzten Stand",
        )
    )

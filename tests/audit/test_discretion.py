"""What the journal of one case file may not tell of others."""

from eakte.access.model import Token
from eakte.finding.model import SEARCHED
from eakte.journal import record
from tests.casefiles.office import Office


def test_a_search_shows_in_the_journal_only_those_of_its_hits_that_the_reader_may_see(office: Office) -> None:
    north, south = office.open_case("12345//0000001", "nord"), office.open_case("12345//0000002", "sued")
    mine, others = office.hand_in("nord"), office.hand_in("sued")
    office.file(mine, north.id)
    office.file(others, south.id)
    searched(office, office.key("auditor"), [f"{mine}:1:1", f"{others}:1:2"], [mine, others, north.id, south.id])
    address = f"/v1/casefiles/{north.id}/journal"
    told = hits(office.role("clerk", units=["nord"]).get(address).json())
    everything = hits(office.role("auditor").get(address).json())
    assert (told, everything) == ([f"{mine}:1:1"], [f"{mine}:1:1", f"{others}:1:2"])


def searched(office: Office, who: Token, found: list[str], also: list[object]) -> None:
    with office.database.unit(office.tenant) as unit:
        record(unit, office.moment(who.id), SEARCHED, who.id, {"q": "Miete", "hits": found}, also=also)


def hits(journal: dict[str, list[dict[str, object]]]) -> object:
    (entry,) = (item for item in journal["items"] if item["act"] == str(SEARCHED))
    details = entry["details"]
    assert isinstance(details, dict)
    return details["hits"]

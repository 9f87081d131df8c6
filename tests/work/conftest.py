from collections.abc import Iterator

import pytest

from eakte.supervise.cluster import Urls
from tests.casefiles.office import Office


@pytest.fixture
def office(database: Urls) -> Iterator[Office]:
    founded = Office.in_database(database.app)
    yield founded
    founded.database.close()

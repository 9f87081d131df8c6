"""What `eakte reindex` says when it cannot do its work."""

from pathlib import Path

import pytest

from eakte import wiring
from eakte.commands.administration import found_tenant
from eakte.commands.preparing import reindex
from eakte.finding.jobs import FindingJobs
from eakte.finding.model import SearchDown
from eakte.settings import Settings
from eakte.supervise.cluster import Urls
from eakte.vault.keys import create_master_key
from search.errors import BuildSuperseded


@pytest.fixture
def settings(database: Urls, tmp_path: Path) -> Settings:
    """Those of a house with one tenant."""
    made = Settings(home=tmp_path, database_url=database.app)
    create_master_key(made.master_key)
    house = wiring.furnish(made, pool=1)
    found_tenant(house, "musterkreis", "Jobcenter Musterkreis")
    house.close()
    return made


def test_an_engine_that_does_not_answer_is_named_with_the_reason_and_not_with_the_advice_to_reindex(
    settings: Settings,
) -> None:
    with pytest.raises(SearchDown) as down:
        reindex(settings, "http://jemand:geheim@127.0.0.1:1")
    assert "127.0.0.1" in down.value.detail and "refused" in down.value.detail
    assert "--to" in down.value.remedy and "eakte reindex" not in down.value.remedy
    assert "geheim" not in down.value.detail


def test_who_was_overtaken_by_another_build_is_told_so_and_to_repeat_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(*_asked: object) -> int:
        raise SearchDown from BuildSuperseded("Der neue Index wurde abgelöst.")

    monkeypatch.setattr(FindingJobs, "reindex", overtaken)
    with pytest.raises(SearchDown, match="abgelöst") as down:
        reindex(settings, None)
    assert "eakte reindex" in down.value.remedy and "--to" not in down.value.remedy

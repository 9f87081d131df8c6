"""What `eakte reindex` says when it cannot do its work."""

from pathlib import Path

import pytest

from eakte import wiring
from eakte.commands.preparing import reindex
from eakte.finding.model import SearchDown
from eakte.settings import Settings
from eakte.supervise.cluster import Urls
from eakte.vault.keys import create_master_key


def test_an_engine_that_does_not_answer_is_named_with_the_reason_and_not_with_the_advice_to_reindex(
    database: Urls, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, database_url=database.app)
    create_master_key(settings.master_key)
    wiring.furnish(settings, pool=1).close()
    with pytest.raises(SearchDown) as down:
        reindex(settings, "http://jemand:geheim@127.0.0.1:1")
    assert "127.0.0.1" in down.value.detail and "refused" in down.value.detail
    assert "--to" in down.value.remedy and "eakte reindex" not in down.value.remedy
    assert "geheim" not in down.value.detail

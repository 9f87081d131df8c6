"""The floors and doors of docs/explanation/architecture.md hold."""

import ast
import logging
import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.check.sources import ROOT, trees
from tests.sharing import FIRST


@pytest.fixture
def loggers_that_stay():
    """The linter silences all loggers that there are, also those whose words later tests wait for."""
    yield
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False


def test_imports_look_upstream_and_outside_things_stay_behind_their_doors(monkeypatch, loggers_that_stay):
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename=str(ROOT / ".importlinter"), no_cache=True) == EXIT_STATUS_SUCCESS


def test_the_environment_is_read_by_the_settings_alone():
    """Beside them only who starts children may look at it, to hand it on or not; Prometheus is told by it."""
    for_children = {"src/eakte/supervise/cluster.py", "src/eakte/supervise/children.py", "src/eakte/supervise/up.py"}
    for_children |= {"ocr_pipeline/run.py", "ocr_pipeline/engine.py"}
    assert _speaking_of(r"os\.(environ|getenv)") <= for_children | {"src/eakte/watch/shared.py"}


def test_only_the_database_commits():
    assert _calling("commit", on={"connection", "raw", "unit", "session"}) <= {
        "src/eakte/database.py",
        "src/eakte/migrate.py",
    }


def test_the_clock_is_read_at_the_edge():
    """The queue's reaper tells its own library when to try again."""
    assert _speaking_of(r"datetime\.(now|utcnow)|date\.today") <= {"src/eakte/wiring.py", "src/eakte/jobs/runner.py"}


def test_a_house_of_one_machine_starts_without_the_libraries_of_servers_it_has_not(tmp_path):
    """They are a fifth of the start of every process and command."""
    started = (
        "import sys, eakte.app, eakte.worker, eakte.commands.running, eakte.commands.status\n"
        "from eakte.settings import Settings; from eakte.wiring import blob_store, indexes_at\n"
        "settings = Settings(); blob_store(settings, ''); indexes_at(settings, '')\n"
        "print(sorted({'minio', 'opensearchpy', 'eakte'} & set(sys.modules)))"
    )
    own = {"EAKTE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", started], env=own, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("['eakte']\n", "")


def test_the_rooms_whose_tests_begin_first_are_there():
    assert [room for room in FIRST if not list((ROOT / "tests" / room).glob("test_*.py"))] == []


def _speaking_of(pattern: str) -> set[str]:
    return {_name(path) for path in trees() if re.search(pattern, path.read_text(encoding="utf-8"))}


def _calling(method: str, on: set[str]) -> set[str]:
    return {
        _name(path)
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == method and ast.unparse(node.value).split(".")[-1] in on
    }


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_drawing_of_the_rooms_shows_the_floors_that_are_checked():
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    floors = contracts["importlinter:contract:floors"]["layers"].split("\n")[1:]
    page = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    drawing = page[page.index("__main__  ") : page.index("        finding ─▶ search")].splitlines()
    drawn = [re.split(r"  | ─", line)[0].strip() for line in drawing]
    assert drawn == floors

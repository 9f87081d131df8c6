"""Homes for the supervisor's tests, most with a database already made, because making one takes a second."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from eakte.supervise.cluster import Cluster
from tests.homes import discard, new_home


@pytest.fixture(scope="session")
def made() -> Iterator[Path]:
    """Data of a stopped server, to be copied."""
    folder = new_home()
    cluster = Cluster(folder, durable=False)
    cluster.start()
    cluster.stop()
    yield folder / "postgres"
    discard(folder)


@pytest.fixture
def home(made: Path) -> Iterator[Path]:
    """A home with data, but as if it had never been started."""
    folder = new_home()
    subprocess.run(["cp", "-a", made, folder / "postgres"], check=True)
    yield folder
    discard(folder)


@pytest.fixture
def empty_home() -> Iterator[Path]:
    folder = new_home()
    yield folder
    discard(folder)

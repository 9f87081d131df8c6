"""Third-party schemas: licences forbid copies here, so they are read from a folder beside the checkout, or another."""

import os
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[1]


def standard(name: str) -> Path:
    """A file of the folder `EAKTE_TEST_STANDARDS`; without it the test is skipped, and fails where `CI` is set."""
    folder = Path(os.environ.get("EAKTE_TEST_STANDARDS", HERE.parent / "shared" / "standards"))
    found = (HERE / folder / name).resolve()
    if not found.exists():
        if "CI" in os.environ:
            pytest.fail(f"{name} is not in {folder}: set EAKTE_TEST_STANDARDS")
        pytest.skip(f"no {name} in {folder}; EAKTE_TEST_STANDARDS names the folder of third-party schemas")
    return found

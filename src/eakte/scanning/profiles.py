"""Scan profiles: how many sides of a sheet are scanned."""

from eakte.database import Unit
from eakte.scanning.model import UnknownProfile

SHIPPED = {"simplex": 1, "duplex": 2}


def sides(_unit: Unit, profile: str) -> int:
    """Sides of a sheet that a profile scans; UnknownProfile names those there are."""
    if profile not in SHIPPED:
        raise UnknownProfile(f"Es gibt kein Scanprofil „{profile}“; bekannt: {', '.join(sorted(SHIPPED))}.")
    return SHIPPED[profile]

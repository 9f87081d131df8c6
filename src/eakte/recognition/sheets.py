"""Separator sheets to print, with codes that this house's rules understand."""

import re
from pathlib import Path

from eakte.errors import Invalid
from eakte.recognition.codes import CodeRules
from ocr_pipeline.sheet import separator_sheet

SHIPPED = "PATCHT"


def print_sheet(target: Path, reference: str | None, rules: CodeRules) -> None:
    """Write the sheet as PDF. Invalid where the rules would not read it as meant."""
    if not re.fullmatch(rules.separator, SHIPPED):
        raise Invalid(
            f"EAKTE_SEPARATOR_PATTERN passt nicht auf {SHIPPED}.", remedy="Eigene Trennblätter verwenden oder anpassen."
        )
    if reference is not None and not re.fullmatch(rules.reference, reference):
        raise Invalid(
            f"„{reference}“ ist nach EAKTE_REFERENCE_PATTERN kein Aktenzeichen.", remedy="Die Schreibweise prüfen."
        )
    said = [] if reference is None else [f"{rules.reference_prefix}{reference}"]
    separator_sheet(target, SHIPPED, *said)

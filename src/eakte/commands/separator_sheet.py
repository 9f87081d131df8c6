"""`eakte separator-sheet`: a page to print that parts documents in a scan."""

from pathlib import Path

from eakte.recognition.codes import CodeRules
from eakte.recognition.sheets import print_sheet
from eakte.settings import Settings


def separator_sheet(output: str, reference: str | None, settings: Settings) -> int:
    """Writes the PDF, over what is there; Invalid where the settings would not read it as a separator sheet."""
    print_sheet(Path(output), reference, CodeRules.of(settings))
    print(f"{output}: in beliebiger Zahl drucken und vor jedes Dokument legen")
    return 0

"""All tables in one place, for migrations and their check."""

import eakte.access.tables
import eakte.casefiles.tables
import eakte.channels.tables
import eakte.documents.tables
import eakte.finding.tables
import eakte.gate.tables
import eakte.intake.tables
import eakte.jobs.tables
import eakte.journal.tables
import eakte.recognition.tables
import eakte.scanning.evidence_tables
import eakte.scanning.tables
import eakte.uploads.tables
import eakte.vault.tables
import eakte.web.tables  # noqa: F401 (each import adds its tables)
from eakte.database import metadata

__all__ = ["metadata"]

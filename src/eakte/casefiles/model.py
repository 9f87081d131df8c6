"""Acts on case files."""

from eakte.journal import act

OPENED = act("casefiles:casefile:opened", "A case file was opened.")
PROCEEDING_OPENED = act("casefiles:proceeding:opened", "A proceeding was opened in a case file.")
FILED = act("casefiles:document:filed", "A document was filed into a case file.")
UNFILED = act("casefiles:document:unfiled", "A document was taken out of a case file, back to clearing.")
LINE_CHANGED = act("casefiles:document:changed", "Title, type, date, version or place of a filed document changed.")
SEEN = act("casefiles:casefile:seen", "A case file was opened by a reader.")

"""Acts of reading."""

from eakte.journal import act

BEGUN = act("recognition:reading:begun", "Reading of a version began.")
DIVIDED = act("recognition:reading:divided", "A long version was divided into page ranges.")
RANGES_READ = act("recognition:reading:ranges-read", "The last page range of a version was read.")
READ = act("recognition:document:read", "A version was read: words, archival copy, type.")
FAILED = act("recognition:document:failed", "A version could not be read; the document is parked.")
RETRIED = act("recognition:document:retried", "A person asked for another try.")

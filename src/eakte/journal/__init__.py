"""The journal: what was done, by whom, when; append-only, numbered, with details that disposal can erase."""

from eakte.journal.acts import record, record_read
from eakte.journal.model import ACTS, Act, Moment, act
from eakte.journal.numbering import number, tenants_waiting

__all__ = ["ACTS", "Act", "Moment", "act", "number", "record", "record_read", "tenants_waiting"]

"""What a request may say: text that the database can keep, days written as days.

PostgreSQL has no place for the NUL character, neither in text nor in JSON.
"""

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field

WITHOUT_NUL = r"^[^\x00]*$"

Word = Annotated[str, Field(max_length=200, pattern=WITHOUT_NUL)]
"""A code, state or name that is only compared."""


def _written_out(said: object) -> object:
    """Numbers would be taken for seconds since 1970."""
    if not isinstance(said, str) or re.fullmatch(r"\d{4}-\d\d-\d\d", said) is None:
        raise ValueError("a day is written YYYY-MM-DD")
    return said


Day = Annotated[date, BeforeValidator(_written_out)]
"""A date as RFC 3339 writes it, nothing else."""

"""Text that the database can keep: PostgreSQL has no place for the NUL character, neither in text nor in JSON."""

from typing import Annotated

from pydantic import Field

WITHOUT_NUL = r"^[^\x00]*$"

Word = Annotated[str, Field(max_length=200, pattern=WITHOUT_NUL)]
"""A code, state or name that is only compared."""

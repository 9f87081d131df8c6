"""ETag and If-Match: nobody's change is lost."""

from typing import Annotated

from fastapi import Header

from eakte.errors import Problem

IfMatch = Annotated[str | None, Header(description="ETag des zuletzt gelesenen Standes", max_length=200)]


class MatchRequired(Problem):
    """A change needs to say on which revision it rests."""

    code, status, title = "if-match-required", 428, "If-Match fehlt"
    remedy = "Das ETag der letzten Antwort als If-Match senden."


class Changed(Problem):
    """Somebody else was quicker."""

    code, status, title = "changed-meanwhile", 412, "Inzwischen geändert"
    remedy = "Neu laden, die Änderung prüfen und mit dem neuen ETag erneut senden."


def etag(revision: int) -> str:
    """Strong ETag of a revision."""
    return f'"{revision}"'


def need_match(sent: str | None, revision: int) -> None:
    """MatchRequired without, Changed with another revision; `*` matches any."""
    if sent is None:
        raise MatchRequired
    given = {tag.strip().removeprefix("W/") for tag in sent.split(",")}
    if "*" not in given and etag(revision) not in given:
        raise Changed

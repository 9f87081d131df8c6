"""What can go wrong in a search; the message is a German sentence for people."""


class SearchError(Exception):
    """Root of all errors of this package."""


class InvalidQuery(SearchError, ValueError):
    """The text asks for nothing (no word in it) or for too much; nothing was searched."""


class InvalidCursor(SearchError, ValueError):
    """The cursor is not one of ours, or belongs to another query."""


class IndexUnusable(SearchError):
    """The index is missing, damaged or of another format: search is down until it is built anew."""


class IndexBusy(SearchError):
    """Another process is writing and did not finish in time; nothing was changed, try again."""


class BuildSuperseded(SearchError):
    """The fresh index was given up because another build was begun; nothing was swapped."""


class EngineDown(SearchError):
    """The engine's server does not answer or turns us away; nothing is known to be lost, try again."""

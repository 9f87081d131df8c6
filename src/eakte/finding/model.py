"""Acts of finding."""

from eakte.errors import Invalid, Refused, Unavailable
from eakte.journal import act

SEARCHED = act("finding:index:searched", "Somebody searched; the details name the question and the hits shown.")


class SearchDown(Unavailable):
    """The index does not answer; all else works."""

    code, title = "search-down", "Die Suche ist zurzeit nicht verfügbar"
    remedy = "Später erneut suchen; bleibt der Fehler, hilft eakte reindex."


class IndexBeingBuilt(Refused):
    """Another process builds the tenant's index anew at this place."""

    code, title = "index-being-built", "Der Suchindex wird schon aufgebaut"
    remedy = "Warten, bis der andere Aufbau fertig ist; eakte status zeigt, was noch fehlt."


class InvalidSearch(Invalid):
    """The question has no word in it, or is too long."""

    code, title = "invalid-query", "Die Suchanfrage ist nicht lesbar"
    remedy = "Mindestens ein Wort angeben; Wortfolgen in Anführungszeichen setzen."

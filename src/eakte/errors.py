"""Errors that people read: a stable code, a sentence, a remedy. `web` gives them their HTTP form."""


class Problem(Exception):
    """Something a caller can understand and mend; the message is the German sentence for people."""

    code = "internal"
    status = 500
    title = "Interner Fehler"
    remedy = "Bitte erneut versuchen; bleibt der Fehler, den Betrieb verständigen."

    def __init__(self, detail: str = "", *, remedy: str | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        if remedy is not None:
            self.remedy = remedy


class Refused(Problem):
    """What was asked for contradicts a rule; nothing was changed."""

    code, status, title = "refused", 409, "Nicht möglich"
    remedy = "Den Stand neu laden und die Anfrage prüfen."


class NotFound(Problem):
    """It does not exist, or not for this caller; both look the same."""

    code, status, title = "not-found", 404, "Nicht gefunden"
    remedy = "Kennung prüfen; was außerhalb des eigenen Schutzbereichs liegt, wird nicht gezeigt."


class Gone(Problem):
    """It was disposed of; only the proof of that remains."""

    code, status, title = "disposed", 410, "Vernichtet"
    remedy = "Das Journal nennt Zeitpunkt und Grund."


class Forbidden(Problem):
    """The caller may see it but not do this."""

    code, status, title = "forbidden", 403, "Nicht erlaubt"
    remedy = "Eine Person mit passender Rolle bitten."


class Unauthorized(Problem):
    """No valid key or session."""

    code, status, title = "unauthorized", 401, "Nicht angemeldet"
    remedy = "Mit gültigem API-Schlüssel oder Sitzungstoken erneut senden."


class Invalid(Problem):
    """The request is not of the form asked for."""

    code, status, title = "invalid", 422, "Ungültige Angaben"
    remedy = "Die genannten Angaben berichtigen und erneut senden."


class Unavailable(Problem):
    """A part of the service does not answer now."""

    code, status, title = "unavailable", 503, "Vorübergehend nicht verfügbar"
    remedy = "Nach der in Retry-After genannten Zeit erneut versuchen."
    retry_after = 5

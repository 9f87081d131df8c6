"""What a source is, the acts on it, and why one fails or refuses a file."""

from dataclasses import dataclass
from pathlib import Path

from eakte.errors import Invalid, Problem, Unavailable
from eakte.journal import act

COLLECTED = act("channels:message:collected", "A mail was collected from a mailbox and received.")
REFUSED = act("channels:message:refused", "A mail could not be received; it lies in the mailbox's folder for failures.")

TRIES = 5
"""After which one mail or delivery is given up, where the service and not its sender is to blame."""
OUTAGES = frozenset({503, 507})
"""Statuses of problems that say nothing about what was to be taken."""
FOLDER, MAILBOX = "folder", "mailbox"


class ChannelsFileInvalid(Invalid):
    """The file of the sources cannot be read, or names what no source has; the detail names the place."""

    code, title = "channels-file-invalid", "Die Datei der Eingangswege ist nicht lesbar"
    remedy = "EAKTE_CHANNELS_FILE berichtigen; Aufbau: docs/reference/channels-file.md."


class ChannelKeyUnusable(Unavailable):
    """The API key of a source cannot be read, has ended, or is another tenant's."""

    code, title = "channel-key-unusable", "Der API-Schlüssel eines Eingangswegs gilt nicht"
    remedy = "key_file prüfen: lesbar für den Worker, mit einem gültigen Schlüssel (eakte key create) des Mandanten."


class FolderUnusable(Unavailable):
    """A watched folder is not there, or may not be read and written by the worker."""

    code, title = "channel-folder-unusable", "Ein überwachter Ordner ist nicht benutzbar"
    remedy = "Pfad, Besitzer und Rechte prüfen: docs/how-to/collect-from-folders-and-mail.md."


class MailboxUnusable(Unavailable):
    """A mail server does not answer, is not who it should be, or refuses the sign-in or the folder."""

    code, title = "channel-mailbox-unusable", "Ein Postfach ist nicht erreichbar"
    remedy = "Adresse, Zertifikat, Konto und Ordner prüfen: docs/how-to/collect-from-folders-and-mail.md."


class MessageUnusable(Unavailable):
    """The mail server does not hand out one mail; after five tries it is moved to the folder for failures."""

    code, title = "channel-message-unusable", "Eine Nachricht ist nicht lesbar"
    remedy = "Die Nachricht im Ordner für Fehler ansehen und ihren Inhalt auf anderem Weg eingeben."


class FileUnusable(Invalid):
    """Something in a delivery is no file that can be read: a link, a pipe, a folder, or one without rights."""

    code, title = "channel-file-unusable", "Das ist keine lesbare Datei"
    remedy = "Nur gewöhnliche, lesbare Dateien ohne Ordner liefern."


class NoManifest(Invalid):
    """A delivery without a manifest in a folder that has no defaults for it."""

    code, title = "channel-manifest-missing", "Der Lieferung fehlt das Verzeichnis"
    remedy = "Ein manifest.json, manifest.csv oder manifest.xml beilegen, zuletzt übertragen."


class DeliveryGivenUp(Problem):
    """Taking a delivery failed five times for a reason that nobody foresaw; the worker's log has it."""

    code, title = "channel-delivery-given-up", "Die Lieferung ist wiederholt aus einem unerwarteten Grund gescheitert"
    remedy = (
        "Den Betrieb verständigen; danach die Lieferung erneut ablegen: Was schon übernommen ist, bleibt einmal da."
    )


class CollectedTooLarge(Problem):
    """A file or mail of a source is larger than an upload may be."""

    code, status, title = "channel-file-too-large", 413, "Die Datei ist zu groß"
    remedy = "Die Datei teilen oder die Grenze EAKTE_UPLOAD_LIMIT mit dem Betrieb abstimmen."


class ChannelTenantUnknown(Unavailable):
    """A source names a tenant that does not exist."""

    code, title = "channel-tenant-unknown", "Den Mandanten eines Eingangswegs gibt es nicht"
    remedy = "tenant in EAKTE_CHANNELS_FILE berichtigen, oder eakte tenant create."


class ChannelUnwatched(Unavailable):
    """Nobody looked into a source for over an hour, though somebody did before."""

    code, title = "channel-unwatched", "In einen Eingangsweg wird nicht mehr gesehen"
    remedy = "Läuft ein Worker mit dieser EAKTE_CHANNELS_FILE, und ist Platz (EAKTE_FREE_SPACE_MIN)? Sein Log nennt es."


class ChannelFailing(Unavailable):
    """A source could not be looked into the last time."""

    code, title = "channel-failing", "Ein Eingangsweg ist gestört"
    remedy = "eakte doctor nennt den Eingangsweg und was fehlt."


@dataclass(frozen=True)
class Source:
    """What every source says: its name in this installation, whose it is, and whose rights it has."""

    name: str
    tenant: str
    key_file: Path


@dataclass(frozen=True)
class Folder(Source):
    """A watched folder; without `profile` and `operator` every delivery needs a manifest. Times in seconds.

    `keep_days`: after which what is done is removed from the disk; 0: never.
    """

    path: Path
    quiet_seconds: float = 60.0
    patience_seconds: float = 21600.0
    profile: str = ""
    operator: str = ""
    keep_days: float = 30

    @property
    def kind(self) -> str:
        """As metrics name it."""
        return FOLDER

    @property
    def needs_manifest(self) -> bool:
        """Whether a delivery without one can be announced."""
        return not (self.profile and self.operator)


@dataclass(frozen=True)
class Mailbox(Source):
    """A folder of an IMAP account; `tls`: ssl or starttls, never without; an empty `ca_file`: the system's."""

    host: str
    user: str
    password_file: Path
    port: int = 993
    tls: str = "ssl"
    ca_file: Path | None = None
    folder: str = "INBOX"
    done_folder: str = "Erledigt"
    failed_folder: str = "Fehler"

    @property
    def kind(self) -> str:
        """As metrics name it."""
        return MAILBOX

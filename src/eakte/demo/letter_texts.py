"""What letters in a Jobcenter file say: the office's own, and what citizens, employers and landlords write."""

from typing import NamedTuple


class LetterText(NamedTuple):
    """A letter's document type, subject line and paragraphs; `office`: the Jobcenter writes, else a private sender."""

    type: str
    office: bool
    subject: str
    paragraphs: tuple[str, ...]


_APPEAL = (
    "Rechtsbehelfsbelehrung: Gegen diesen Bescheid kann innerhalb eines Monats nach Bekanntgabe Widerspruch erhoben "
    "werden. Der Widerspruch ist schriftlich oder zur Niederschrift bei der oben genannten Stelle einzulegen."
)

LETTERS = (
    LetterText(
        "BEW",
        True,
        "Bewilligungsbescheid über Bürgergeld",
        (
            "auf Ihren Antrag vom {date} bewilligen wir Ihnen und den mit Ihnen in Bedarfsgemeinschaft lebenden "
            "Personen Leistungen zur Sicherung des Lebensunterhalts nach dem Zweiten Buch Sozialgesetzbuch (SGB II) "
            "für die Zeit vom {date} bis {date} in Höhe von monatlich {euro} Euro.",
            "Die Kosten der Unterkunft und Heizung werden gemäß § 22 Abs. 1 SGB II in Höhe von {euro} Euro anerkannt, "
            "soweit diese angemessen sind.",
            "Die Höhe des Regelbedarfs richtet sich nach der Regelbedarfsstufe und wird jährlich zum 1. Januar "
            "fortgeschrieben. Die Berechnung entnehmen Sie bitte dem beigefügten Berechnungsbogen.",
            _APPEAL,
        ),
    ),
    LetterText(
        "MITW",
        True,
        "Aufforderung zur Mitwirkung",
        (
            "Sie haben Leistungen nach dem SGB II beantragt. Es ist zu prüfen, ob und inwieweit ein Anspruch besteht.",
            "Bitte reichen Sie die Gehaltsabrechnungen der letzten drei Monate sowie lückenlose Kontoauszüge bis "
            "spätestens {date} ein.",
            "Sollten Sie dieser Aufforderung nicht nachkommen, können die Leistungen nach § 66 SGB I ganz oder "
            "teilweise versagt werden, bis Sie die Mitwirkung nachholen (§§ 60, 66, 67 SGB I).",
        ),
    ),
    LetterText(
        "ANH",
        True,
        "Anhörung nach § 24 SGB X zu einer möglichen Überzahlung",
        (
            "nach unseren Unterlagen haben Sie in der Zeit vom {date} bis {date} Bürgergeld in Höhe von {euro} Euro zu "
            "Unrecht bezogen.",
            "Bevor wir entscheiden, geben wir Ihnen Gelegenheit, sich bis zum {date} zu den für die Entscheidung "
            "erheblichen Tatsachen zu äußern.",
            "Äußern Sie sich nicht, wird nach Aktenlage entschieden.",
        ),
    ),
    LetterText(
        "WID",
        False,
        "Widerspruch gegen den Bescheid vom {date}",
        (
            "hiermit lege ich gegen Ihren Bescheid vom {date}, mir zugegangen am {date}, fristgerecht Widerspruch ein.",
            "Begründung: Die Kosten meiner Wohnung von {euro} Euro wurden nur zum Teil übernommen. Eine günstigere "
            "Wohnung ist in {place} derzeit nicht zu finden.",
            "Ich bitte um Überprüfung und um eine schriftliche Bestätigung, dass mein Schreiben eingegangen ist.",
        ),
    ),
    LetterText(
        "MIEH",
        False,
        "Mieterhöhung zum {date}",
        (
            "die Miete für die von Ihnen bewohnte Wohnung entspricht nicht mehr der ortsüblichen Vergleichsmiete. Wir "
            "bitten Sie daher nach § 558 BGB um Zustimmung zur Erhöhung der Grundmiete.",
            "Zum {date} ändert sich die Miete auf {euro} Euro; die Vorauszahlung für Betriebskosten erhöht sich auf "
            "{euro} Euro.",
            "Bitte senden Sie uns die beiliegende Zustimmungserklärung unterschrieben zurück.",
        ),
    ),
    LetterText(
        "KUEN",
        False,
        "Kündigung des Arbeitsverhältnisses",
        (
            "hiermit kündigen wir das mit Ihnen bestehende Arbeitsverhältnis ordentlich und fristgerecht zum {date}, "
            "hilfsweise zum nächstmöglichen Zeitpunkt.",
            "Wir weisen Sie darauf hin, dass Sie verpflichtet sind, sich unverzüglich bei der Agentur für Arbeit "
            "arbeitsuchend zu melden.",
            "Ihren Resturlaub gelten wir mit der letzten Abrechnung ab. Ein Arbeitszeugnis geht Ihnen gesondert zu.",
        ),
    ),
    LetterText(
        "AEND",
        True,
        "Änderungsbescheid über Bürgergeld",
        (
            "die Entscheidung vom {date} über die Bewilligung von Leistungen wird für die Zeit vom {date} bis {date} "
            "nach § 48 SGB X geändert.",
            "Die Änderung berücksichtigt Ihr Einkommen aus Beschäftigung und die neue Höhe Ihrer Miete. Der monatliche "
            "Gesamtbetrag beträgt nun {euro} Euro.",
            _APPEAL,
        ),
    ),
    LetterText(
        "EIN",
        True,
        "Einladung zum persönlichen Gespräch",
        (
            "ich möchte mit Ihnen über Ihre aktuelle berufliche Situation sprechen. Bitte kommen Sie am {date} um "
            "09:30 Uhr in Zimmer {room}.",
            "Dies ist eine Einladung nach § 59 SGB II in Verbindung mit § 309 Abs. 1 SGB III. Bringen Sie bitte Ihren "
            "Lebenslauf mit.",
            "Wenn Sie ohne wichtigen Grund der Einladung nicht Folge leisten, wird Ihr Bürgergeld um 10 Prozent "
            "gemindert.",
        ),
    ),
    LetterText(
        "ABL",
        True,
        "Ablehnung Ihres Antrags vom {date}",
        (
            "Ihren Antrag auf Leistungen zur Sicherung des Lebensunterhalts vom {date} lehnen wir ab. Sie sind nicht "
            "hilfebedürftig im Sinne des § 9 SGB II.",
            "Ihr anzurechnendes Einkommen von {euro} Euro übersteigt den Bedarf der Bedarfsgemeinschaft.",
            _APPEAL,
        ),
    ),
    LetterText(
        "AUFH",
        True,
        "Aufhebungs- und Erstattungsbescheid",
        (
            "die Entscheidungen über die Bewilligung von Leistungen vom {date} werden für die Zeit vom {date} bis "
            "{date} nach § 48 Abs. 1 Satz 2 SGB X teilweise aufgehoben.",
            "Die Überzahlung beträgt insgesamt {euro} Euro und ist gemäß § 50 SGB X zu erstatten. Bitte überweisen Sie "
            "den Betrag unter Angabe der BG-Nummer.",
            _APPEAL,
        ),
    ),
    LetterText(
        "VERS",
        True,
        "Versagung von Leistungen wegen fehlender Mitwirkung",
        (
            "die beantragten Leistungen werden Ihnen nach § 66 SGB I ab dem {date} ganz versagt.",
            "Sie haben die mit Schreiben vom {date} angeforderten Unterlagen trotz Belehrung nicht vorgelegt und sind "
            "damit Ihrer Mitwirkungspflicht nicht nachgekommen.",
            _APPEAL,
        ),
    ),
    LetterText(
        "UEP",
        False,
        "Antrag auf Überprüfung nach § 44 SGB X",
        (
            "ich beantrage die Überprüfung des Bescheides vom {date} gemäß § 44 SGB X.",
            "Bei der Berechnung wurde mein Einkommen von {euro} Euro doppelt angerechnet. Ich bitte um Rücknahme des "
            "Bescheides und um Nachzahlung der mir zustehenden Leistungen.",
        ),
    ),
    LetterText(
        "MIND",
        True,
        "Minderung Ihres Bürgergeldes",
        (
            "für die Zeit vom {date} bis {date} wird eine Minderung Ihres Bürgergeldes um monatlich 10 Prozent des "
            "maßgebenden Regelbedarfs nach § 32 SGB II festgestellt.",
            "Sie sind zu dem Meldetermin am {date} trotz schriftlicher Belehrung über die Rechtsfolgen ohne wichtigen "
            "Grund nicht erschienen (Meldeversäumnis).",
            _APPEAL,
        ),
    ),
    LetterText(
        "WIDB",
        True,
        "Widerspruchsbescheid",
        (
            "auf den Widerspruch vom {date} gegen den Bescheid vom {date} ergeht folgende Entscheidung: Der "
            "Widerspruch wird als unbegründet zurückgewiesen.",
            "Im Widerspruchsverfahren gegebenenfalls entstandene notwendige Aufwendungen können nicht erstattet "
            "werden.",
            "Rechtsbehelfsbelehrung: Gegen diese Entscheidung kann innerhalb eines Monats nach Bekanntgabe Klage beim "
            "Sozialgericht {place} erhoben werden.",
        ),
    ),
    LetterText(
        "UNB",
        False,
        "Unser Telefonat vom {date}",
        (
            "vielen Dank für das freundliche Gespräch. Wie besprochen sende ich Ihnen anbei die gewünschten Blätter "
            "zurück.",
            "Ich bin ab dem {date} wieder unter der bekannten Nummer zu erreichen und freue mich auf Ihre Nachricht.",
        ),
    ),
)

ENQUIRIES = "Für Rückfragen stehen wir Ihnen unter der Rufnummer 0800 1234 {room} gerne zur Verfügung."

FURTHER = (
    "Die Berechnung im Einzelnen ergibt sich aus den folgenden Angaben. Berücksichtigt wurden die Verhältnisse, die "
    "bis zum {date} bekannt waren; später eingegangene Unterlagen werden gesondert geprüft.",
    "Im Monat {month} ergibt sich ein Gesamtbedarf von {euro} Euro. Davon entfallen auf die Unterkunft {euro} Euro und "
    "auf die Heizung {euro} Euro. Der Zuschlag beträgt unverändert {euro} Euro.",
    "Bitte teilen Sie uns Änderungen in Ihren Verhältnissen unverzüglich mit, insbesondere einen Umzug, die Aufnahme "
    "einer Arbeit oder die Änderung Ihrer Bankverbindung.",
    "Ihre Daten werden nach den Vorschriften des Zehnten Buches Sozialgesetzbuch verarbeitet. Näheres entnehmen Sie "
    "dem Merkblatt, das wir Ihnen auf Wunsch gerne zusenden.",
    "Eine Kopie dieses Schreibens haben wir zu Ihren Akten genommen. Bewahren Sie es bitte sorgfältig auf, da es bei "
    "anderen Stellen als Nachweis benötigt werden kann.",
)

"""What generated pages know of themselves: the people of the Kreis, and each page's facts, noted as it is written.

A fact is a word: `bg:…`, `iban:…`, `amount:<cents>`, `date:<iso>`, `month:<yyyy-mm>`, `person:<full name>`,
`surname:<name>`, `address:<street and number>`, `firm:<name>`, `number:<digits>`, `sentence:<its pattern>`,
`type:<code>`, and `fax` for a page as badly readable as the worst fifth.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from eakte.demo.invented import MONTHS, choices
from search.port import Word

FORENAMES = choices(
    "Jürgen|Özlem|Käthe|Björn|Änne|Grzegorz|Fatma|Sören|Wiebke|Mandy|Ömer|Ulrike|Hans-Jörg|Nadiia|Christoph|Saskia|"
    "Günther|Bärbel|Jörg|Anneliese|Mehmet|Aylin|Olena|Piotr|Agnieszka|Kevin|Jaqueline|Torsten|Heike|Dörte|Gökhan|Zeynep|"
    "Maximilian|Leonie|Finn|Charlotte|Emil|Mila|Yusuf|Samira|René|Zoë|Karl-Heinz|Marie-Luise|Uwe|Sabine|Rüdiger|Käte"
)
SURNAMES = choices(
    "Müller|Yıldız|Großmann|Schröder|Weiß|Kowalczyk|Öztürk|Jäger|Hübner|Krüger|Şahin|Böhm|Straßer|Kovalenko|Löffler|"
    "Größl|Schäfer|Köhler|Bäcker|Fuß|Maaß|Höfer|Dörfler|Überall|Ahlers|Brandt|Cordes|Diekmann|Eßer|Fähnrich|Gebhardt|"
    "Hänsel|Ibrahimović|Jungjohann|Königsmann|Lütjens|Mühlbauer|Nußbaum|Ölschläger|Pfützner|Quandt|Rößler|Süßkind|Töpfer|"
    "Unger|Völkel|Wächter|Zöllner|Meyer-Lühr|Schulze-Dönhoff|Neumeister|Hartwig|Lindemann|Kaczmarek|Demirtaş|Petrenko|"
    "Bauer|Neuer|Feuerstein|Baumann|Kellermann|Rosenthal|Sommerfeld|Winkler|Thielemann|Oberländer|Kühnel|Prüßner"
)
STREETS = choices(
    "Königstraße|Weißenburger Straße|Am Mühlbach|Schlossgäßchen|Überlinger Weg|Friedrich-Ebert-Ring|An der Höhe|"
    "Völklinger Straße|Goethestraße|Bürgermeister-Köhler-Platz|Grüner Weg|Bahnhofstraße|Römerstraße|Kirchgasse|"
    "Große Bleiche|Schützenstraße|Lindenallee|Färberstraße|Mönchhofstraße|Hauptstraße"
)
TOWNS = choices("57072 Musterstadt|57074 Grünhausen|57076 Altmühlen|57078 Kreuzfeld|57080 Bad Rößlingen")
LANDLORDS = choices(
    "Wohnungsbaugenossenschaft Grüne Höfe eG|Hausverwaltung Grünwald & Partner|Städtische Wohnungsgesellschaft mbH|"
    "Immobilien Rößner GmbH|Baugenossenschaft Süßbach eG|Siedlungswerk Kreuzfeld|Grundbesitz Oberländer KG|"
    "Wohnpark Mühlental GmbH|Hausverwaltung Dörfler|Vermietung Nußbaum|Wohnbau Lindenhof AG|Mietshäuser Feuerstein"
)
EMPLOYERS = choices(
    "Gebäudereinigung Schäfer GmbH|Bäckerei Höflinger KG|Pflegedienst Sonnenhügel gGmbH|Elektro Köhler e. K.|"
    "Logistik Nürnberger & Söhne OHG|Gärtnerei Blütenreich|Restaurant Zum Goldenen Löwen|Spedition Kühnel GmbH|"
    "Metallbau Großmann AG|Fleischerei Wächter|Callcenter Rheinblick GmbH|Zeitarbeit Völkel GmbH|Malerbetrieb Töpfer|"
    "Hotel Königshof|Schlosserei Maaß|Wäscherei Schneeweiß"
)
UTILITIES = choices("Stadtwerke Musterstadt|Energie Grünhausen GmbH|Ökostrom Nord AG|Gemeindewerke Altmühlen")
OFFICES = choices("37502|37504|37509")
INSURERS = choices("AOK Musterland|Krankenkasse Mitte|Betriebskrankenkasse Süd|IKK Südwest")


@dataclass(frozen=True)
class Household:
    """A Bedarfsgemeinschaft and those it has to do with; sums in cents."""

    reference: str
    case_file: str
    scope: str
    members: tuple[str, ...]
    street: str
    town: str
    iban: str
    landlord: str
    landlord_iban: str
    employer: str
    utility: str
    insurer: str
    sums: Mapping[str, int]

    @property
    def name(self) -> str:
        """Who applies."""
        return self.members[0]


@dataclass
class Page:
    """Words as they were written, what they say, and how the page was scanned (its place among the measured pages)."""

    document: str
    number: int
    household: Household
    quality: int
    words: list[Word] = field(default_factory=list)
    facts: set[str] = field(default_factory=set)
    subjects: dict[str, int] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """`<document>:<page>`."""
        return f"{self.document}:{self.number}"

    def about(self, subject: str, grade: int) -> None:
        """Note a subject: 3 what the document is, 2 what a sentence says."""
        self.subjects[subject] = max(grade, self.subjects.get(subject, 0))


def surname(name: str) -> str:
    """The last word of a name."""
    return name.split()[-1]


def households(count: int, dice: random.Random) -> list[Household]:
    """The people of the Kreis; no two have the same number, case file, account or full names."""
    names = [f"{forename} {last}" for forename in FORENAMES for last in SURNAMES]
    dice.shuffle(names)
    return [_household(number, names, dice) for number in range(count)]


def _household(number: int, names: list[str], dice: random.Random) -> Household:
    first = names.pop()
    family = [name for name in names if surname(name) == surname(first)][: dice.choice((0, 0, 1, 2, 3))]
    for name in family:
        names.remove(name)
    rent, running, heating = (100 * dice.randint(*span) + dice.choice((0, 0, 50, dice.randint(1, 99)))
                              for span in ((290, 890), (60, 190), (40, 160)))  # fmt: skip
    return Household(
        reference=f"{dice.choice(OFFICES)}//{dice.randint(1000000, 9999999):07}",
        case_file=f"case-{number:04}", scope=f"team-{number % 12}", members=(first, *family),
        street=f"{dice.choice(STREETS)} {dice.randint(1, 180)}{dice.choice(['', '', 'a', 'b'])}",
        town=dice.choice(TOWNS), iban=made_iban(dice), landlord=dice.choice(LANDLORDS), landlord_iban=made_iban(dice),
        employer=dice.choice(EMPLOYERS), utility=dice.choice(UTILITIES), insurer=dice.choice(INSURERS),
        sums={"rent": rent, "running": running, "heating": heating, "deposit": 3 * rent,
              "wage": dice.randint(45000, 210000)},
    )  # fmt: skip


def made_iban(dice: random.Random) -> str:
    """Twenty-two places without blanks; the check digits do not hold."""
    return f"DE{dice.randint(10, 99)}{dice.randrange(10**18):018}"


def made_day(dice: random.Random) -> date:
    """A day of the six years that the files go back."""
    return date(2020, 7, 1) + timedelta(days=dice.randrange(2190))


def month_name(day: date) -> str:
    """Januar to Dezember."""
    return MONTHS[day.month - 1]

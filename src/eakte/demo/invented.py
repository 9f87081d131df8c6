"""Invented people, places, sums and numbers; the same seed invents the same."""

import random
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

Thing = TypeVar("Thing")

_NAMES = """Jürgen Müller|Özlem Yildiz|Käthe Großmann|Björn Schröder|Änne Weiß|Grzegorz Kowalczyk|Fatma Öztürk|
Sören Jäger|Wiebke Hübner|Mandy Krüger|Ömer Sahin|Dr. Ulrike Böhm|Hans-Jörg Straßer|Nadiia Kovalenko|
Christoph Löffler|Saskia Größl"""
_STREETS = """Königstraße|Weißenburger Straße|Am Mühlbach|Schlossgäßchen|Überlinger Weg|Friedrich-Ebert-Ring|
An der Höhe|Völklinger Straße|Goethestr.|Bürgermeister-Köhler-Platz"""
_TOWNS = """04109 Leipzig|45127 Essen|12043 Berlin|70173 Stuttgart|99084 Erfurt|28195 Bremen|80331 München|
90402 Nürnberg|33602 Bielefeld|01067 Dresden|50667 Köln|48143 Münster"""
_MONTHS = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"


def choices(text: str) -> tuple[str, ...]:
    """The entries of a list written with `|` between them; line breaks do not count."""
    return tuple(entry.strip() for entry in text.replace("\n", "").split("|"))


NAMES, STREETS, TOWNS, MONTHS = (choices(text) for text in (_NAMES, _STREETS, _TOWNS, _MONTHS))


class Address(NamedTuple):
    """Where somebody lives; `town` begins with the five digits of the postcode."""

    name: str
    street: str
    town: str

    @property
    def surname(self) -> str:
        """Last word of the name."""
        return self.name.split()[-1]

    @property
    def place(self) -> str:
        """The town without its postcode."""
        return self.town[6:]


class Invention:
    """A source of plausible German data; nothing in it belongs to anybody."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def pick(self, options: Sequence[Thing]) -> Thing:
        """One of the options, all alike likely."""
        return self._random.choice(options)

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(low, high)

    def digits(self, count: int) -> str:
        """So many digits, the first perhaps zero."""
        return "".join(str(self.number(0, 9)) for _ in range(count))

    def happens(self, share: float) -> bool:
        """True in this share (0 to 1) of the cases."""
        return self._random.random() < share

    def date(self) -> str:
        """A day of 2019 to 2026 as DD.MM.YYYY."""
        return f"{self.number(1, 28):02d}.{self.number(1, 12):02d}.{self.number(2019, 2026)}"

    def euro(self, limit: float = 2500) -> str:
        """A sum from 3 to the limit as Germans write it: 1.234,56."""
        text = f"{self._random.uniform(3, limit):,.2f}"
        return text.translate(str.maketrans(",.", ".,"))

    def iban(self) -> str:
        """Twenty-two places in groups of four; the check digits do not hold."""
        number = f"DE{self.number(10, 99)}{self.digits(18)}"
        return " ".join(number[at : at + 4] for at in range(0, 22, 4))

    def reference(self) -> str:
        """A BG-Nummer, NNNNN//NNNNNNN."""
        return f"{self.number(10000, 99999)}//{self.number(1000000, 9999999)}"

    def phone(self) -> str:
        """Area code, number and extension."""
        return f"0{self.number(200, 999)} {self.number(1000, 9999)}-{self.number(100, 999)}"

    def address(self) -> Address:
        """Name, street with house number, postcode and town."""
        street = f"{self.pick(STREETS)} {self.number(1, 180)}{self.pick(['', '', 'a', 'b'])}"
        return Address(self.pick(NAMES), street, self.pick(TOWNS))

    def fill(self, text: str, **given: str) -> str:
        """The text with `{date}`, `{euro}`, `{name}`, … invented, each place anew, and the given ones as given."""
        return re.sub(r"\{(\w+)\}", lambda found: given.get(found[1]) or self._invent(found[1]), text)

    def _invent(self, what: str) -> str:
        makers: dict[str, Callable[[], str]] = {
            "date": self.date,
            "euro": self.euro,
            "iban": self.iban,
            "name": lambda: self.pick(NAMES),
            "street": lambda: self.address().street,
            "place": lambda: self.address().place,
            "month": lambda: self.pick(MONTHS),
            "floor": lambda: str(self.number(1, 5)),
            "room": lambda: str(self.number(101, 399)),
            "long": lambda: str(self.number(100000, 9999999)),
        }
        return makers[what]()

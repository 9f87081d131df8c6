"""Facts put into words, each in one of the spellings of letters, forms and bank statements, and noted as facts."""

import random
import re
from collections.abc import Callable
from datetime import date, timedelta

from benchmarks.relevance.facts import EMPLOYERS, FORENAMES, SURNAMES, Household, Page, made_day, month_name, surname

_SLOT = re.compile(r"\{(\w+)\}")
_TRANSCRIBED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_STRIPPED = str.maketrans("äöüÄÖÜıŞşćş", "aouAOUiSscs", "")


def transcribed(text: str) -> str:
    """Mueller for Müller."""
    return text.translate(_TRANSCRIBED)


def stripped(text: str) -> str:
    """Muller for Müller, Strasse for Straße."""
    return text.translate(_STRIPPED).replace("ß", "ss")


def in_groups(iban: str) -> str:
    """DE12 3456 …"""
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def euros(cents: int) -> str:
    """1.234,56"""
    return f"{cents // 100:,}".replace(",", ".") + f",{cents % 100:02}"


class Pen:
    """Writes on one page after another of a document about a household."""

    def __init__(self, household: Household, day: date, dice: random.Random) -> None:
        self.household = household
        self.day = day
        self.dice = dice
        self.page: Page | None = None
        self._slots: dict[str, Callable[[], str]] = {
            "amount": lambda: self.amount(dice.randint(300, 250_000)),
            "date": lambda: self.date(made_day(dice)), "today": lambda: self.date(day),
            "month": self.month, "statement": self.statement, "year": lambda: str(day.year - 1),
            "bg": self.reference, "iban": lambda: self.iban(household.iban),
            "landlord_iban": lambda: self.iban(household.landlord_iban),
            "name": lambda: self.person(household.name), "member": lambda: self.person(household.members[-1]),
            "other": lambda: self.person(f"{dice.choice(FORENAMES)} {dice.choice(SURNAMES)}"),
            "firm": lambda: self.firm(dice.choice(EMPLOYERS)), "street": self.street,
            "town": lambda: household.town[6:], "place": lambda: household.town,
            "number": lambda: self.number(dice.randrange(10**6, 10**8)), "room": lambda: str(dice.randint(101, 399)),
            **{name: self._firm_of(name) for name in ("landlord", "employer", "utility", "insurer")},
            **{name: self._sum_of(name) for name in household.sums},
        }  # fmt: skip

    def fill(self, text: str) -> str:
        """The text with its slots written."""
        return _SLOT.sub(lambda found: self._slots[found[1]](), text)

    def _note(self, *facts: str) -> None:
        if self.page is not None:
            self.page.facts.update(facts)

    def _firm_of(self, name: str) -> Callable[[], str]:
        return lambda: self.firm(getattr(self.household, name))

    def _sum_of(self, name: str) -> Callable[[], str]:
        return lambda: self.amount(self.household.sums[name])

    def amount(self, cents: int) -> str:
        """With or without the dot of the thousands; a round sum often without cents."""
        self._note(f"amount:{cents}")
        written = euros(cents)
        if cents % 100 == 0 and self.dice.random() < 0.4:
            return self.dice.choice((f"{written[:-3]},- Euro", f"{written[:-3]} Euro", f"{written[:-3]} €"))
        if self.dice.random() < 0.25:
            written = written.replace(".", "")
        return f"{written} {self.dice.choice(('Euro', 'EUR', '€'))}"

    def date(self, day: date) -> str:
        """Mostly 03.02.2026."""
        self._note(f"date:{day.isoformat()}")
        ways = (f"{day:%d.%m.%Y}", f"{day.day}.{day.month}.{day.year}", f"{day.day}. {month_name(day)} {day.year}",
                f"{day:%d.%m.%y}", day.isoformat())  # fmt: skip
        return self.dice.choices(ways, (60, 10, 18, 8, 4))[0]

    def month(self) -> str:
        """The document's month: Februar 2026, 02/2026 or 02.2026."""
        self._note(f"month:{self.day:%Y-%m}")
        ways = f"{month_name(self.day)} {self.day.year}", f"{self.day:%m/%Y}", f"{self.day:%m.%Y}"
        return self.dice.choices(ways, (70, 20, 10))[0]

    def statement(self) -> str:
        """A bank statement's number, one a month."""
        self._note(f"month:{self.day:%Y-%m}")
        return f"{self.day.month}/{self.day.year}"

    def reference(self) -> str:
        """The number of the Bedarfsgemeinschaft."""
        self._note(f"bg:{self.household.reference}")
        office, number = self.household.reference.split("//")
        ways = self.household.reference, f"{office} // {number}", f"{office}BG{number}", f"{office}/{number}"
        return self.dice.choices(ways, (75, 8, 12, 5))[0]

    def iban(self, iban: str) -> str:
        """In groups of four or in one."""
        self._note(f"iban:{iban}")
        return in_groups(iban) if self.dice.random() < 0.75 else iban

    def number(self, number: int) -> str:
        """A customer's or file number."""
        self._note(f"number:{number}")
        return str(number)

    def person(self, name: str) -> str:
        """A name as forms, banks and strangers write it."""
        self._note(f"person:{name}", f"surname:{surname(name)}")
        forename = name.removesuffix(surname(name)).strip()
        ways = (name, f"{surname(name)}, {forename}", transcribed(name), transcribed(name).upper(), stripped(name),
                name.upper().replace("ß", "SS"))  # fmt: skip
        return self.dice.choices(ways, (72, 8, 8, 4, 3, 5))[0]

    def firm(self, name: str) -> str:
        """A firm's name, now and then without its umlauts."""
        self._note(f"firm:{name}")
        return self.dice.choices((name, transcribed(name)), (90, 10))[0]

    def street(self) -> str:
        """Street and number; -straße also as -strasse and -str."""
        self._note(f"address:{self.household.street}")
        written = self.household.street
        short = written.replace("straße", "str.").replace("Straße", "Str.")
        return self.dice.choices((written, short, stripped(written), transcribed(written)), (60, 20, 10, 10))[0]

    def earlier(self) -> date:
        """A day before the document's."""
        return self.day - timedelta(days=self.dice.randint(3, 60))

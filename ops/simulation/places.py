"""Places: the countries, towns, family names and holidays of the simulation."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

CITIES_GB: Final = "London Birmingham Leeds Glasgow Sheffield Bristol Cardiff Leicester Norwich Exeter"
CITIES_US: Final = "Austin/TX Portland/OR Columbus/OH Denver/CO Tampa/FL Boise/ID Madison/WI Raleigh/NC Reno/NV"
CITIES_ZA: Final = "Cape_Town Johannesburg Durban Pretoria Gqeberha Polokwane Stellenbosch Sandton"
CITIES_AU: Final = "Sydney/NSW Melbourne/VIC Brisbane/QLD Perth/WA Adelaide/SA Hobart/TAS Geelong/VIC"
CITIES_DE: Final = "Berlin Hamburg Muenchen Koeln Leipzig Dresden Bremen Nuernberg Freiburg"

NAMES_EN: Final = (
    "Martin Carter Hughes Walsh Bennett Parker Morgan Reid Turner Shaw Murphy Foster Ellis Grant Palmer Webb "
    "Knight Barker Holland Marsh Dalton Fletcher Hobbs Lowe Norris Pope Rowe Sutton Tate Vickers Wilkes Yates "
    "Baker Cook Butcher Church Banks Rose Field Brook Kaur Patel Singh Chen Nguyen Garcia Lopez Rossi Haddad"
)
NAMES_ZA: Final = (
    "Naidoo Botha Dlamini Van_Wyk Khumalo Pillay Nkosi Du_Toit Mokoena Fourie Govender Steyn Zulu Jacobs "
    "Mthembu Venter Sithole Adams Molefe Kruger Petersen Mabaso Coetzee Baloyi Swart Cele Maharaj Louw Tau"
)
NAMES_DE: Final = (
    "Mueller Schneider Fischer Weber Becker Hoffmann Koch Richter Wolf Schroeder Neumann Braun Zimmermann "
    "Krueger Hartmann Lange Werner Krause Lehmann Kaiser Fuchs Vogel Keller Frank Berger Winkler Yilmaz Demir"
)
FIRST_EN: Final = "Anna Ben Chloe David Emma Farid Grace Hannah Ian Jess Karen Liam Maya Noah Olivia Priya Sam Tom"
FIRST_DE: Final = "Anna Bernd Clara Dirk Elif Felix Greta Hanna Ingo Jonas Katrin Lukas Mia Nils Paula Sven Tina"


@dataclass(frozen=True, slots=True)
class City:
    """A town and the state a statement prints behind it, if any."""

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Country:
    """What differs by country; ``hours`` is the offset from UTC, summer time left out."""

    code: str
    currency: str
    share: float
    hours: int
    price: float
    language: str
    cities: tuple[City, ...]
    surnames: tuple[str, ...]
    firsts: tuple[str, ...]
    summer: tuple[int, ...]
    holidays: frozenset[tuple[int, int]]
    fortnightly: float  # share of people who are paid every other week


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in text.split())


def _cities(text: str) -> tuple[City, ...]:
    return tuple(City(*(word.split("/") if "/" in word else (word, ""))) for word in _words(text))


_NORTH, _SOUTH = (7, 8), (12, 1)
_YEAR_END = ((1, 1), (12, 25), (12, 26))


def _country(
    code: str, currency: str, *, share: float, hours: int, price: float, cities: str, names: str = NAMES_EN,
    firsts: str = FIRST_EN, language: str = "en", summer: tuple[int, ...] = _NORTH,
    holidays: tuple[tuple[int, int], ...] = (), fortnightly: float = 0.0,
) -> Country:  # fmt: skip
    return Country(
        code, currency, share, hours, price, language, _cities(cities), _words(names), _words(firsts), summer,
        frozenset(_YEAR_END + holidays), fortnightly,
    )  # fmt: skip


COUNTRIES: Final = (
    _country("GB", "GBP", share=0.30, hours=0, price=0.85, cities=CITIES_GB, holidays=((5, 1), (8, 31))),
    _country("US", "USD", share=0.28, hours=-6, price=1.1, cities=CITIES_US,
             holidays=((7, 4), (11, 11), (6, 19)), fortnightly=0.7),
    _country("ZA", "ZAR", share=0.16, hours=2, price=14.0, cities=CITIES_ZA, names=NAMES_ZA, summer=_SOUTH,
             holidays=((4, 27), (9, 24), (12, 16))),
    _country("AU", "AUD", share=0.15, hours=10, price=1.6, cities=CITIES_AU, summer=_SOUTH,
             holidays=((1, 26), (4, 25)), fortnightly=0.8),
    _country("DE", "EUR", share=0.11, hours=1, price=1.0, cities=CITIES_DE, names=NAMES_DE, firsts=FIRST_DE,
             language="de", holidays=((5, 1), (10, 3))),
)  # fmt: skip


def is_rest(country: Country, day: date) -> bool:
    """Whether nobody works that day: a weekend or a holiday of fixed date."""
    return day.weekday() >= 5 or (day.month, day.day) in country.holidays


def due_days(country: Country, day: date) -> tuple[int, ...]:
    """Return the days of the month whose payments are booked on ``day``: its own and the rest days before."""
    if is_rest(country, day):
        return ()
    due, before = [day.day], day - timedelta(days=1)
    while is_rest(country, before):
        due.append(before.day)
        before -= timedelta(days=1)
    return tuple(due)

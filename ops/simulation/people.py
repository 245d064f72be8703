"""People: who they are, what they owe every month and what they like to spend on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from ops.simulation.brands import ChosenBrands
from ops.simulation.merchant_types import TRADES, Trade
from ops.simulation.merchants import Merchant, Town, build_towns
from ops.simulation.payments import PAYMENTS, Payment
from ops.simulation.places import COUNTRIES, Country
from ops.simulation.rng import Weighted, counts, dice, pick, weighted, zipf
from ops.simulation.wording import BANKS, Bank

FAVOURITES: Final = 3
COMMUTERS: Final = 0.28
DRIVERS: Final = 0.45
SUBSCRIBED: Final = next(trade.category for trade in TRADES if trade.billed)
# kind, share of people who have it, whether money comes in
MONTHLY: Final = (
    (PAYMENTS["rent"], 0.58, False), (PAYMENTS["mortgage"], 0.34, False), (PAYMENTS["energy"], 0.85, False),
    (PAYMENTS["energy"], 0.4, False), (PAYMENTS["telecom"], 0.9, False), (PAYMENTS["telecom"], 0.6, False),
    (PAYMENTS["insurance"], 0.65, False), (PAYMENTS["insurance"], 0.5, False), (PAYMENTS["tax"], 0.55, False),
    (PAYMENTS["loan"], 0.6, False), (PAYMENTS["loan"], 0.45, False), (PAYMENTS["tuition"], 0.22, False),
    (PAYMENTS["donation"], 0.25, False), (PAYMENTS["membership"], 0.3, False), (PAYMENTS["account_fee"], 0.35, False),
    (PAYMENTS["benefit"], 0.2, True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RecurringPayment:
    """One payment that returns; ``cents`` is signed, ``wobble`` the share by which it varies."""

    payment: Payment
    cents: int
    wobble: float
    text: str


@dataclass(frozen=True, slots=True)
class Season:
    """The habits of one kind of day."""

    purchases: Weighted[int]
    trades: Weighted[Trade]


@dataclass(slots=True)
class Person:
    """One invented user; favourite shops are chosen when they are first needed."""

    user_id: str
    country: Country
    towns: Sequence[Town]
    home: int
    bank: Bank
    card: str
    wealth: float
    commutes: bool
    standing: dict[int, list[RecurringPayment]]  # by day of the month
    pay: RecurringPayment
    pay_phase: int  # 0 or 1: the even or the odd weeks; -1: paid monthly, in ``standing``
    subscriptions: dict[int, list[tuple[Merchant, int]]]  # by day of the month: where and cents
    seasons: tuple[Season, ...]  # [2 * (gifts 1, summer 2) + rest]
    seed: int
    favourites: dict[str, list[Merchant]] = field(default_factory=dict)

    def favourite(self, category: str, at: float) -> Merchant:
        """Return one of the few shops this person keeps going to."""
        known = self.favourites.get(category)
        if known is None:
            rng = dice(self.seed, "favourites", self.user_id, category)
            shops = self.towns[self.home].shops(category)
            known = self.favourites[category] = [shops.pick(rng.random()) for _ in range(FAVOURITES)]
        return known[int(at * at * FAVOURITES)]


def word(text: str, country: Country, party: str, rng: Random) -> str:
    """Fill the wording of a payment; {ref} and {mon} stay for the day it is booked."""
    first, surname = pick(country.firsts, rng.random()), pick(country.surnames, rng.random())
    return text.replace("{p}", party).replace("{first}", first).replace("{sur}", surname).upper()


def build_people(seed: int, *, users: int, brands: ChosenBrands) -> list[Person]:
    """Return the users of a seed; the first n of them are the same for every count of users."""
    towns = build_towns(seed, brands)
    countries = weighted((country, country.share) for country in COUNTRIES)
    return [_build_person(seed, number, countries, towns, brands) for number in range(users)]


def _build_person(
    seed: int,
    number: int,
    countries: Weighted[Country],
    towns: dict[str, tuple[Town, ...]],
    brands: ChosenBrands,
) -> Person:
    rng = dice(seed, "person", number)
    country = countries.pick(rng.random())
    wealth = 0.6 + 1.1 * rng.random() * rng.random() + 0.3 * rng.random()
    pay_phase = int(rng.random() * 2) if rng.random() < country.fortnightly else -1
    standing: dict[int, list[RecurringPayment]] = {}
    for payment, share, comes_in in MONTHLY:
        if rng.random() < share:
            entry = _standing(payment, country, wealth, comes_in=comes_in, brands=brands, rng=rng)
            standing.setdefault(1 + int(rng.random() * 28), []).append(entry)
    pay = _standing(PAYMENTS["salary"], country, wealth, comes_in=True, brands=brands, rng=rng)
    if pay_phase < 0:
        standing.setdefault(pick((1, 15, 20, 24, 25, 25, 26, 27, 28), rng.random()), []).append(pay)
    home = weighted(enumerate(zipf(rank) for rank in range(len(country.cities)))).pick(rng.random())
    commutes, drives = rng.random() < COMMUTERS, rng.random() < DRIVERS
    subscriptions: dict[int, list[tuple[Merchant, int]]] = {}
    for _ in range(int(rng.random() * 5)):
        shop = towns[country.code][home].shops(SUBSCRIBED).pick(rng.random())
        price = int((3 + 14 * rng.random()) * country.price) * 100 + 99
        subscriptions.setdefault(1 + int(rng.random() * 28), []).append((shop, price))
    return Person(
        user_id=f"u{seed}-{number:06d}",
        country=country,
        towns=towns[country.code],
        home=home,
        bank=pick(BANKS[country.code], rng.random()),
        card=f"{int(rng.random() * 10_000):04d}",
        wealth=wealth,
        commutes=commutes,
        standing=standing,
        pay=pay,
        pay_phase=pay_phase,
        subscriptions=subscriptions,
        seasons=_seasons(wealth, drives=drives, rng=rng),
        seed=seed,
    )


def _standing(
    payment: Payment,
    country: Country,
    wealth: float,
    *,
    comes_in: bool,
    brands: ChosenBrands,
    rng: Random,
) -> RecurringPayment:
    names = brands.names(country.code, payment.category) if payment.brands else ()
    if names and rng.random() < 0.4:
        party = pick(names, rng.random())
    else:
        party = f"{pick(country.surnames, rng.random())} {pick(country.surnames, rng.random())}"
    text = word(pick(payment.wordings[country.code], rng.random()), country, party, rng)
    spread = 1.0 + payment.sigma * (rng.random() + rng.random() - 1.0) * 1.8
    cents = int(payment.median * 100 * country.price * wealth * max(spread, 0.15))
    wobble = 0.25 if payment is PAYMENTS["energy"] else 0.03 if comes_in else pick((0.0, 0.0, 0.1), rng.random())
    if wobble == 0.0 and rng.random() < 0.6:
        cents = (cents // 500 + 1) * 500
    return RecurringPayment(payment, cents if comes_in else -cents, wobble, text)


def _seasons(wealth: float, *, drives: bool, rng: Random) -> tuple[Season, ...]:
    taste = [(0.35 + 1.3 * rng.random()) * (0.75 + 0.25 * wealth) for _ in TRADES]
    seasons = []
    for factor in ("plain", "gifts", "summer"):
        for is_rest in (False, True):
            rates = []
            for trade, liking in zip(TRADES, taste, strict=True):
                rate = trade.rate * liking * (trade.rest if is_rest else 1.0)
                rate *= trade.gifts if factor == "gifts" else trade.summer if factor == "summer" else 1.0
                rate *= trade.drivers if drives else trade.pedestrians
                rates.append((trade, rate))
            seasons.append(Season(counts(sum(rate for _, rate in rates)), weighted(rates)))
    return tuple(seasons)

"""A day: what each person pays, buys and is paid on it, before it is numbered and labelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Final

from ops.simulation.merchant_types import TRADES
from ops.simulation.merchants import Merchant, invent_shop
from ops.simulation.payments import NOW_AND_THEN, SALARY, Payment, Rounding
from ops.simulation.people import Person, RecurringPayment, word
from ops.simulation.places import COUNTRIES, due_days, is_rest
from ops.simulation.rng import QUANTILES, lognormal, pick
from ops.simulation.wording import MONTHS, print_purchase
from schemas.events.transaction import Channel

DAY_SECONDS: Final = 86_400
FAVOURED: Final = 0.55  # of purchases, at a favourite shop
NEARBY: Final = 0.88  # at a favourite or at a shop of the town; the rest at shops never seen before
AWAY: Final = 0.04  # of the others, in another town
SIDELINE: Final = 0.035  # of purchases are of what the shop sells besides: a meal at a petrol station
REFUNDED: Final = 0.012

COMMUTED: Final = next(trade.category for trade in TRADES if trade.commuted)

_PRICES: Final = {trade.category: lognormal(trade.median, trade.sigma) for trade in TRADES}
_SUMS: Final = {id(kind): lognormal(kind.median, kind.sigma) for kind, _, _ in NOW_AND_THEN}


@dataclass(frozen=True, slots=True)
class Draft:
    """A transaction before it has its number; ``cents`` is signed, ``second`` counts in the UTC day."""

    second: int
    person: Person
    category: str
    ledger: str
    cents: int
    description: str
    channel: Channel
    shop: Merchant | None = None


def draft_day(day: date, people: Sequence[Person], rng: Random) -> list[Draft]:
    """Return everybody's transactions of a UTC day in order of time."""
    due = {country.code: due_days(country, day) for country in COUNTRIES}
    rest = {country.code: is_rest(country, day) for country in COUNTRIES}
    drafts: list[Draft] = []
    for person in people:
        code = person.country.code
        _pay_dues(drafts, person, day, due[code], rng)
        _spend(drafts, person, day, rest=rest[code], rng=rng)
    drafts.sort(key=lambda draft: draft.second)
    return drafts


def _pay_dues(drafts: list[Draft], person: Person, day: date, due: tuple[int, ...], rng: Random) -> None:
    for of_month in due:
        drafts.extend(_book(standing, person, day, rng) for standing in person.standing.get(of_month, ()))
        for shop, cents in person.subscriptions.get(of_month, ()):
            drafts.append(_buy(person, shop, day, cents=-cents, second=int(rng.random() * 20_000), rng=rng))
    is_payday = person.pay_phase >= 0 and day.weekday() == 4 and day.toordinal() // 7 % 2 == person.pay_phase
    if is_payday:
        drafts.append(_book(person.pay, person, day, rng, share=0.46))


def _book(standing: RecurringPayment, person: Person, day: date, rng: Random, share: float = 1.0) -> Draft:
    cents = int(standing.cents * share * (1.0 + standing.wobble * (2.0 * rng.random() - 1.0)))
    if standing.payment is SALARY and day.month == 12:
        cents += cents // 4  # a bonus
    second = int(rng.random() * 6 * 3600) + 3600
    return _draft_payment(person, standing.payment, standing.text, day, cents=cents, second=second, rng=rng)


def _draft_payment(
    person: Person, payment: Payment, text: str, day: date, *, cents: int, second: int, rng: Random
) -> Draft:
    if "{" in text or text.endswith(" "):
        text = text.replace("{REF}", f"{int(rng.random() * 1e8):08d}").replace("{MON}", MONTHS[day.month - 1])
    category = payment.category
    return Draft(second, person, category, category, cents, text, payment.channel)


def _spend(drafts: list[Draft], person: Person, day: date, *, rest: bool, rng: Random) -> None:
    country = person.country
    factor = 1 if day.month == 12 and day.day < 27 else 2 if day.month in country.summer else 0
    season = person.seasons[2 * factor + rest]
    for _ in range(season.purchases.pick(rng.random())):
        trade = season.trades.pick(rng.random())
        category = trade.category
        shop = _choose_shop(person, category, rng)
        cents = -_price(shop, person, rng)
        second = _second(trade.hours, country.hours, rng)
        if rng.random() < REFUNDED:
            cents = -cents
        bought = pick(trade.others, rng.random()) if rng.random() < SIDELINE else category
        drafts.append(_buy(person, shop, day, cents=cents, second=second, rng=rng, bought=bought))
    if person.commutes and not rest and rng.random() < 0.7:
        shop = person.favourite(COMMUTED, 0.0)
        fare = -int(240 * country.price * shop.price) * (1 + (rng.random() < 0.4))
        second = _second((6, 8, 19), country.hours, rng)
        drafts.append(_buy(person, shop, day, cents=fare, second=second, rng=rng))
    for payment, chance, comes_in in NOW_AND_THEN:
        if rng.random() < chance:
            amount = _SUMS[id(payment)][int(rng.random() * QUANTILES)] * country.price * person.wealth
            cents = _round(amount, payment, rng)
            text = word(pick(payment.wordings[country.code], rng.random()), country, "", rng)
            second = _second((7, 14, 23), country.hours, rng)
            signed = cents if comes_in else -cents
            drafts.append(_draft_payment(person, payment, text, day, cents=signed, second=second, rng=rng))


def _choose_shop(person: Person, category: str, rng: Random) -> Merchant:
    at = rng.random()
    if at < FAVOURED:
        return person.favourite(category, rng.random())
    town = person.towns[person.home]
    if rng.random() < AWAY:
        town = pick(person.towns, rng.random())
    if at < NEARBY:
        return town.shops(category).pick(rng.random())
    return invent_shop(category, person.country, town.city, rng)


def _price(shop: Merchant, person: Person, rng: Random) -> int:
    """Return a price in cents, ending as prices of its size do."""
    amount = _PRICES[shop.category][int(rng.random() * QUANTILES)]
    amount *= shop.price * (0.7 + 0.3 * person.wealth) * person.country.price
    cents = max(int(amount * (95.0 + 10.0 * rng.random())), 50)
    at = rng.random()
    if at < 0.2:
        return cents // 100 * 100 + 99
    if at < 0.38:
        return cents // 100 * 100 or 100
    return cents // 5 * 5 if at < 0.55 else cents


def _round(amount: float, payment: Payment, rng: Random) -> int:
    """Return cents: machines pay out notes, people send round sums, banks charge to the cent."""
    if payment.rounding is Rounding.NOTES:
        return max(int(amount / 10), 1) * 1000
    if payment.rounding is Rounding.SUMS and rng.random() < 0.6:
        return max(int(amount / 5), 1) * 500
    return max(int(amount * 100), 20)


def _second(hours: tuple[int, int, int], offset_hours: int, rng: Random) -> int:
    """Return the UTC second of the day of a local time between two hours, most often near the third."""
    low, peak, high = hours
    at, side = rng.random(), rng.random()
    edge = low if side * (high - low) < peak - low else high + 1
    local = (peak + 0.5 + (edge - peak - 0.5) * at * (0.4 + 0.6 * at)) * 3600
    return (int(local) - offset_hours * 3600) % DAY_SECONDS


def _buy(
    person: Person, shop: Merchant, day: date, *, cents: int, second: int, rng: Random, bought: str | None = None
) -> Draft:
    today = (day.year, day.month, day.day)
    text = print_purchase(shop.text, bank=person.bank, card=person.card, day=today, rng=rng)
    channel = Channel.ONLINE if shop.is_online else Channel.POS
    return Draft(second, person, bought or shop.category, shop.ledger, cents, text, channel, shop)

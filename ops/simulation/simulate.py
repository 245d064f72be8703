"""Simulate: an endless, seeded history of invented people's transactions, and what is later said of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final

from ops.errors import OpsError
from ops.simulation.brands import choose_brands
from ops.simulation.daily import Draft, draft_day
from ops.simulation.labels import late_labels
from ops.simulation.people import Person, build_people
from ops.simulation.rng import dice
from schemas.crosswalks.crosswalk import Brand
from schemas.events.feedback import Feedback
from schemas.events.transaction import TRANSACTION_SCHEMA_VERSION, Transaction
from schemas.taxonomy import Category, of_default

MCC_GIVEN: Final = 0.5  # by banks that give it
MAX_USERS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Simulated:
    """A transaction, its true category where the taxonomy has it, and the labels it will be given, by ``given_at``."""

    transaction: Transaction
    category: Category | None
    labels: tuple[Feedback, ...]


class SimulationError(OpsError):
    """A simulation was asked for that cannot be run."""


def simulate(
    seed: int,
    *,
    users: int,
    start: datetime,
    end: datetime | None = None,
    days: int | None = None,
    brands: Iterable[Brand] = (),
) -> Iterator[Simulated]:
    """Return the transactions of [start, end) in order of time; the same arguments give the same bytes.

    A window of the same seed, users and brands is a piece of one history: a later start goes on where
    an earlier end stopped, with the same people, shops and ids. About 76 transactions per user and
    month. ``brands`` are names of real merchants; without them nearly every shop is invented.

    Raises SimulationError at once where users or the window make no sense.
    """
    end = _check(users=users, start=start, end=end, days=days)
    vocabulary = choose_brands(seed, brands)
    return _simulate(seed, build_people(seed, users=users, brands=vocabulary), start, end)


def _simulate(seed: int, people: Sequence[Person], start: datetime, end: datetime) -> Iterator[Simulated]:
    day = start.astimezone(UTC).date()
    while datetime.combine(day, time(), UTC) < end:
        for simulated in _simulate_day(seed, day, people):
            if start <= simulated.transaction.occurred_at < end:
                yield simulated
        day += timedelta(days=1)


def _check(*, users: int, start: datetime, end: datetime | None, days: int | None) -> datetime:
    if not 1 <= users <= MAX_USERS:
        raise SimulationError(f"users is {users}: give 1 to {MAX_USERS}")
    if start.tzinfo is None:
        raise SimulationError("start has no time zone: give UTC, as in 2025-01-01T00:00:00Z")
    if (end is None) == (days is None):
        raise SimulationError("give either an end or a number of days")
    if end is None and days is not None:
        try:
            end = start + timedelta(days=days)
        except OverflowError:
            raise SimulationError(f"{days} days reach past the year 9999: give fewer") from None
    assert end is not None
    if end <= start:
        raise SimulationError("the simulation ends before it starts: give a later end or more days")
    return end


def _simulate_day(seed: int, day: date, people: Sequence[Person]) -> Iterator[Simulated]:
    rng = dice(seed, "day", day.isoformat())
    midnight = datetime.combine(day, time(), UTC)
    for number, draft in enumerate(draft_day(day, people, rng)):
        yield _finish(draft, f"sim{seed}-{day:%Y%m%d}-{number:05d}", midnight, rng)


def _finish(draft: Draft, txn_id: str, midnight: datetime, rng: Random) -> Simulated:
    person, shop = draft.person, draft.shop
    occurred_at = midnight + timedelta(seconds=draft.second)
    cents = abs(draft.cents)
    bank = person.bank
    transaction = Transaction(
        schema_version=TRANSACTION_SCHEMA_VERSION,
        txn_id=txn_id,
        user_id=person.user_id,
        account_id=f"{person.user_id}-{'card' if shop else 'main'}",
        occurred_at=occurred_at,
        amount=f"{'-' if draft.cents < 0 else ''}{cents // 100}.{cents % 100:02d}",
        currency=person.country.currency,
        description=draft.description,
        merchant=shop.name if shop and bank.names_merchants else None,
        mcc=shop.mcc if shop and bank.gives_mcc and rng.random() < MCC_GIVEN else None,
        country=person.country.code if shop else None,
        channel=draft.channel,
    )
    labels = late_labels(
        txn_id=txn_id, user_id=person.user_id, account_id=transaction.account_id, occurred_at=occurred_at,
        truth=draft.category, ledger=draft.ledger, rng=rng,
    )  # fmt: skip
    return Simulated(transaction, of_default(draft.category), labels)

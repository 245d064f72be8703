import hashlib
import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import chain, islice, pairwise
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.simulation.merchant_types import TRADES
from ops.simulation.order import in_order_of_time
from ops.simulation.places import COUNTRIES, Country, due_days, is_rest
from ops.simulation.simulate import Simulated, SimulationError, simulate
from ops.simulation.wording import OWN_BILLS, print_merchant
from schemas.crosswalks.crosswalk import Brand, Strength
from schemas.events.feedback import Feedback, LabelSource
from schemas.events.transaction import Channel, Transaction
from schemas.taxonomy import CATEGORIES, Category
from streams.process.codec import decode_transaction, encode_event

START = datetime(2025, 3, 1, tzinfo=UTC)
GOLDEN = "2160abd139db4ff3d2711a6a93afa1ae30b30bc6b715a84c7178b92c018426f3"
BRANDS = (
    Brand("quorvane", Category("Groceries"), Strength.KNOWN, frozenset()),
    Brand("zelbrix", Category("Groceries"), Strength.INDEX, frozenset({"GB", "US"})),
    Brand("skyvolt air", Category("Travel"), Strength.INDEX, frozenset()),
)


@pytest.fixture(scope="module")
def history() -> list[Simulated]:
    return list(simulate(11, users=120, start=START, days=60))


def digest(rows: list[Simulated]) -> str:
    return hashlib.sha256(
        msgspec.json.encode([(row.transaction, row.category, row.labels) for row in rows])
    ).hexdigest()


def test_the_same_seed_gives_the_same_bytes_in_every_process() -> None:
    program = (
        "import hashlib, msgspec; from datetime import UTC, datetime; from ops.simulation.simulate import simulate;"
        "rows = simulate(11, users=15, start=datetime(2025, 3, 1, tzinfo=UTC), days=20);"
        "print(hashlib.sha256(msgspec.json.encode([(r.transaction, r.category, r.labels) for r in rows])).hexdigest())"
    )
    here = digest(list(simulate(11, users=15, start=START, days=20)))
    for hash_seed in ("1", "2"):
        there = subprocess.run(
            [sys.executable, "-c", program], env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert there.stdout.strip() == here


def test_the_bytes_are_the_same_on_every_machine() -> None:
    rows = list(simulate(1, users=10, start=START, days=30))
    # Changes only when the invented world changes: then take the new value and say so in the changelog.
    assert digest(rows) == GOLDEN


def test_another_seed_gives_other_people() -> None:
    one, two = (list(islice(simulate(seed, users=5, start=START, days=10), 50)) for seed in (1, 2))
    assert {row.transaction.description for row in one} != {row.transaction.description for row in two}


def test_the_order_of_brands_in_the_vocabulary_does_not_matter() -> None:
    one, two = (
        digest(list(simulate(3, users=10, start=START, days=10, brands=names))) for names in (BRANDS, BRANDS[::-1])
    )
    assert one == two


def test_brands_are_bought_at_in_their_countries() -> None:
    rows = list(simulate(3, users=80, start=START, days=20, brands=BRANDS))
    groceries = [row.transaction for row in rows if row.category is Category("Groceries")]
    at_brands = [row for row in groceries if "QUORV" in row.description.upper() or "ZELBR" in row.description.upper()]
    assert 0.3 < len(at_brands) / len(groceries) < 0.9
    assert {row.country for row in at_brands if "ZELBR" in row.description.upper()} == {"GB", "US"}


@settings(max_examples=15, deadline=None)
@given(split=st.integers(1, 7 * 24 * 60 - 1))
def test_a_later_window_goes_on_where_the_earlier_one_stopped(split: int) -> None:
    end = START + timedelta(days=7)
    middle = START + timedelta(minutes=split)
    whole = list(simulate(5, users=8, start=START, end=end))
    first = list(simulate(5, users=8, start=START, end=middle))
    second = list(simulate(5, users=8, start=middle, end=end))
    assert first + second == whole


def test_transactions_come_in_order_of_time_within_the_window(history: list[Simulated]) -> None:
    times = [row.transaction.occurred_at for row in history]
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert times[0] >= START
    assert times[-1] < START + timedelta(days=60)


def test_ids_are_unique(history: list[Simulated]) -> None:
    assert len({row.transaction.txn_id for row in history}) == len(history)
    labels = [label.feedback_id for row in history for label in row.labels]
    assert len(set(labels)) == len(labels)


def test_every_transaction_is_one_that_a_worker_accepts(history: list[Simulated]) -> None:
    for row in history:
        judged = decode_transaction(row.transaction.user_id.encode(), encode_event(row.transaction))
        assert judged == row.transaction


def test_every_category_appears_and_none_is_most_of_it(history: list[Simulated]) -> None:
    shares = Counter(row.category for row in history)
    assert set(shares) == set(CATEGORIES)
    assert max(shares.values()) / len(history) < 0.3
    assert min(shares.values()) / len(history) > 0.003


def test_money_comes_in_and_some_purchases_are_refunded(history: list[Simulated]) -> None:
    signs: dict[Category | None, Counter[bool]] = defaultdict(Counter)
    for row in history:
        signs[row.category][row.transaction.amount.startswith("-")] += 1
    assert signs[Category("Income")][True] == 0
    refunded = signs[Category("Shopping")]
    assert 0.003 < refunded[False] / refunded.total() < 0.03


def test_statement_lines_differ_even_at_the_same_shop(history: list[Simulated]) -> None:
    lines = Counter(row.transaction.description for row in history)
    assert len(lines) / len(history) > 0.4
    assert max(lines.values()) / len(history) < 0.01


@pytest.mark.parametrize("country", COUNTRIES, ids=lambda country: country.code)
def test_a_seller_that_bills_for_itself_prints_its_own_line_and_nobody_elses(country: Country) -> None:
    rng = Random(5)
    own = {name: {print_merchant(name.title(), country=country, city=None, rng=rng)} for name in OWN_BILLS}
    assert own == {name: {line} for name, line in OWN_BILLS.items()}
    others = {print_merchant("Turner Books", country=country, city=None, rng=rng) for _ in range(500)}
    assert len(others) > 20
    assert [
        line for line in others if line.upper().startswith(("GOOGLE", "APPLE", "MICROSOFT")) or "/BILL" in line
    ] == []


def test_mccs_come_with_part_of_the_card_purchases_only(history: list[Simulated]) -> None:
    cards = [row.transaction for row in history if row.transaction.channel in (Channel.POS, Channel.ONLINE)]
    assert 0.12 < sum(card.mcc is not None for card in cards) / len(cards) < 0.4
    others = [row.transaction for row in history if row.transaction.channel not in (Channel.POS, Channel.ONLINE)]
    assert all(other.mcc is None for other in others)


def test_no_word_of_a_shop_gives_its_category_away(history: list[Simulated]) -> None:
    by_word: dict[str, Counter[str | None]] = defaultdict(Counter)
    total = Counter[str | None](row.category for row in history)
    for row in history:
        for word in set(row.transaction.description.upper().split()):
            by_word[word][row.category] += 1
    for trade in TRADES:
        best = max(
            2 * counts[trade.category] / (counts.total() + total[trade.category])  # F1 of «this word, this category»
            for counts in by_word.values()
        )
        assert best < 0.5, trade.category


def test_labels_come_late_from_three_sources_and_are_not_always_right(history: list[Simulated]) -> None:
    labels = [(row, label) for row in history for label in row.labels]
    assert {label.source for _, label in labels} == set(LabelSource)
    for row, label in labels:
        assert label.txn_id == row.transaction.txn_id
        assert label.user_id == row.transaction.user_id
        assert label.given_at > row.transaction.occurred_at
    for source, low, high in (
        (LabelSource.HUMAN, 0.0, 0.02),
        (LabelSource.RULE, 0.03, 0.14),
        (LabelSource.IMPORT, 0.03, 0.14),
    ):
        wrong = [label.category is not row.category for row, label in labels if label.source is source]
        assert low < sum(wrong) / len(wrong) < high, source


def test_a_second_look_comes_after_the_first_and_is_right(history: list[Simulated]) -> None:
    twice = [row for row in history if len(row.labels) == 2]
    assert twice
    assert all(row.labels[0].given_at < row.labels[1].given_at for row in twice)
    assert all(row.labels[1].category is row.category for row in twice)


def test_the_first_users_are_the_same_whatever_their_number() -> None:
    def wages(users: int) -> set[str]:
        rows = simulate(9, users=users, start=START, days=31)
        return {
            r.transaction.description
            for r in rows
            if r.transaction.user_id == "u9-000003" and r.category is Category("Housing")
        }

    assert wages(5) == wages(25) != set()


@pytest.mark.parametrize("country", COUNTRIES, ids=lambda country: country.code)
def test_every_day_of_a_month_is_paid_exactly_once(country: Country) -> None:
    start = START.date().replace(month=1, day=1)
    days = [start + timedelta(days=n) for n in range(365)]
    paid = list(chain.from_iterable(due_days(country, day) for day in days))
    assert all(not due_days(country, day) for day in days if is_rest(country, day))
    assert all(11 <= paid.count(number) <= 13 for number in range(1, 29))


@pytest.mark.parametrize(
    ("users", "start", "end", "days", "complaint"),
    [
        pytest.param(0, START, None, 3, "users is 0", id="nobody"),
        pytest.param(5, START.replace(tzinfo=None), None, 3, "no time zone", id="naive start"),
        pytest.param(5, START, None, None, "either an end or", id="neither end nor days"),
        pytest.param(5, START, START, 1, "either an end or", id="both"),
        pytest.param(5, START, START, None, "ends before it starts", id="empty window"),
        pytest.param(5, START, None, -2, "ends before it starts", id="negative days"),
        pytest.param(5, START, None, 99_999_999, "past the year 9999", id="for ever"),
    ],
)
def test_nonsense_is_refused_in_one_line(
    users: int, start: datetime, end: datetime | None, days: int | None, complaint: str
) -> None:
    with pytest.raises(SimulationError, match=complaint):
        simulate(1, users=users, start=start, end=end, days=days)


def test_the_timeline_gives_labels_after_their_transaction_and_in_order() -> None:
    until = START + timedelta(days=60)
    events = list(in_order_of_time(simulate(4, users=20, start=START, days=20), until=until))
    times = [event.occurred_at if isinstance(event, Transaction) else event.given_at for event in events]
    assert all(earlier <= later for earlier, later in pairwise(times))
    seen: set[str] = set()
    for event in events:
        if isinstance(event, Feedback):
            assert event.txn_id in seen
        seen.add(event.txn_id)
    assert sum(isinstance(event, Feedback) for event in events) >= len(seen)


def test_the_timeline_keeps_labels_of_the_future_to_itself() -> None:
    events = list(in_order_of_time(simulate(4, users=20, start=START, days=3)))
    assert max(e.given_at for e in events if isinstance(e, Feedback)) <= START + timedelta(days=3)
    assert isinstance(events[-1], Transaction)

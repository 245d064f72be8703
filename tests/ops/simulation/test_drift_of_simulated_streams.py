"""Drift on invented people's streams: a stable one is quiet at any length and season, a planted shift is named."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import pytest

from ops.simulation.simulate import Simulated, simulate
from schemas.events.transaction import Channel
from schemas.taxonomy import CATEGORIES
from schemas.text.descriptor import build_descriptor
from scorer.features.features import NUMERIC_NAMES, numerics
from scorer.monitoring.drift import NEW_MERCHANT, Rows, refer
from scorer.release.drift_baseline import Reference

pytestmark = pytest.mark.integration  # some twenty seconds
SEEDS, USERS = 20, 60
KNOWN, GATE, LIVE = timedelta(days=20), timedelta(days=40), timedelta(days=13)
LENGTHS = (250, 500, 1_000, 1_500)  # transactions; the longest are about ten days


@dataclass(frozen=True, slots=True)
class Stream:
    """What a release was judged on, and the rows that came afterwards with the hour in which each happened."""

    reference: Reference
    live: Rows
    hours: np.ndarray

    def drifted(self, length: int, shift: Callable[[Rows], Rows] = lambda rows: rows) -> set[str]:
        """Return what is above its bar in the first rows after the cut-off."""
        rows = Rows(self.live.numeric[:length].copy(), self.live.is_known[:length], self.live.best[:length])
        days = len(np.unique(self.hours[:length])) / 24
        found = self.reference.drift(self.reference.count(shift(rows)), days=days)
        assert len(found) == len(self.reference.histograms)
        return {name for name, (value, bar) in found.items() if value > bar}


@cache
def stream_of(seed: int) -> Stream:
    """Return a stream that is cut off on a day of the year of its own."""
    cut_off = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=17 * seed)
    past = list(simulate(seed, users=USERS, start=cut_off - KNOWN - GATE, end=cut_off + LIVE))
    known = {
        build_descriptor(one.transaction).merchant_key for one in past if one.transaction.occurred_at < cut_off - GATE
    }
    gate = [one for one in past if cut_off - GATE <= one.transaction.occurred_at < cut_off]
    live = [one for one in past if one.transaction.occurred_at >= cut_off]
    reference = Reference(rows=len(gate), design_effect=1.0, histograms=refer(_rows(gate, known)))
    hours = np.array([int(one.transaction.occurred_at.timestamp()) // 3_600 for one in live])
    return Stream(reference, _rows(live, known), hours)


def _rows(simulated: list[Simulated], known: set[str]) -> Rows:
    """Return what a worker counts of transactions whose category the model names rightly."""
    transactions = [one.transaction for one in simulated]
    descriptors = [build_descriptor(transaction) for transaction in transactions]
    return Rows(
        numerics(transactions, descriptors, mcc={}),
        np.array([one.merchant_key in known for one in descriptors]),
        np.array([[*map(str, CATEGORIES)].index(str(one.category)) for one in simulated]),
    )


def dearer(rows: Rows) -> Rows:
    """Treble every amount."""
    rows.numeric[:, NUMERIC_NAMES.index("log_amount")] += np.float32(np.log(3))
    return rows


def online(rows: Rows) -> Rows:
    """Send every second transaction over another channel."""
    rows.numeric[::2, NUMERIC_NAMES.index("channel")] = list(Channel).index(Channel.ONLINE)
    return rows


def strange(rows: Rows) -> Rows:
    """Give every second transaction a merchant that nobody knows."""
    return Rows(rows.numeric, rows.is_known & (np.arange(len(rows.best)) % 2 == 0), rows.best)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_stable_stream_has_no_drift_at_any_length(seed: int) -> None:
    assert {length: stream_of(seed).drifted(length) for length in LENGTHS} == {length: set() for length in LENGTHS}


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize(
    ("shift", "named"),
    [
        pytest.param(dearer, "log_amount", id="amounts"),
        pytest.param(online, "channel", id="channels"),
        pytest.param(strange, NEW_MERCHANT, id="merchants"),
    ],
)
def test_a_planted_shift_is_named(seed: int, shift: Callable[[Rows], Rows], named: str) -> None:
    assert stream_of(seed).drifted(LENGTHS[-1], shift) == {named}

"""Input: what the demo learns from and what it streams, invented or from a CSV, each with its true category."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final

from ops.csv_import.categories import CategoryMap
from ops.csv_import.cells import RefusedRow
from ops.csv_import.columns import CsvMap
from ops.csv_import.row import Row
from ops.csv_import.source import CsvFormat, read_csv
from ops.errors import OpsError
from ops.simulation.simulate import Simulated, simulate
from schemas.crosswalks.crosswalk import brands
from schemas.events.comparison import Comparison
from schemas.events.feedback import FEEDBACK_SCHEMA_VERSION, Feedback, FeedbackAction, LabelSource
from schemas.events.suggestion import Suggestion
from schemas.events.transaction import Transaction
from schemas.taxonomy import Category

USERS: Final = 150  # their past gives the gate over 5,000 rows, from which calibration errors are judged
HISTORY_DAYS: Final = 150
LIVE_DAYS: Final = 180  # at 300/s, longer than the judge needs
HISTORY_SHARE: Final = 0.85  # of a CSV's rows, the earlier ones
LABEL_DELAY: Final = timedelta(days=7)
MIN_SPAN: Final = 50  # label delays: labels of a few weeks' past would else all come too late to learn from
MIN_ROWS: Final = 1_000
_OUR_FORMAT: Final = CsvFormat()


Identity = tuple[str, str, str]  # user_id, account_id, txn_id: banks number per account


@dataclass(frozen=True, slots=True)
class Told:
    """One transaction and what is true of it, as far as anybody knows."""

    transaction: Transaction
    category: Category | None
    labels: tuple[Feedback, ...]

    @property
    def identity(self) -> Identity:
        """What names the transaction."""
        return identity_of(self.transaction)


@dataclass(frozen=True, slots=True)
class DemoInput:
    """The past to learn from, what is streamed afterwards, and the moment between the two."""

    history: Sequence[Told]
    live: Sequence[Told]
    cutoff: datetime
    origin: str


def identity_of(event: Transaction | Suggestion | Comparison) -> Identity:
    """Return what names the transaction that an event is of."""
    return event.user_id, event.account_id, event.txn_id


def simulated_input(*, seed: int, count: int, now: datetime) -> DemoInput:
    """Return five months of invented history and the next ``count`` transactions, all before ``now``."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    cutoff = today - timedelta(days=LIVE_DAYS)
    known = brands()
    past = simulate(seed, users=USERS, start=cutoff - timedelta(days=HISTORY_DAYS), end=cutoff, brands=known)
    ahead = simulate(seed, users=USERS, start=cutoff, end=today, brands=known)
    return DemoInput(
        [_told(simulated) for simulated in past],
        [_told(simulated) for simulated in islice(ahead, count)],
        cutoff,
        f"{USERS} simulated users, seed {seed}",
    )


def csv_input(path: Path, columns: CsvMap, categories: CategoryMap, written: CsvFormat = _OUR_FORMAT) -> DemoInput:
    """Return the earlier part of a user's own CSV as history, the rest to stream; raises OpsError where it is small.

    A row without a category, or with one that is none of ours, is streamed and not learned from. Refused rows are left
    out and counted, with the reason of the first one.
    """
    read = list(read_csv(path, columns, written))
    refused = [row for row in read if isinstance(row, RefusedRow)]
    left_out = "".join(
        f"{len(refused):,} rows refused, the first on line {first.line} ({first.reason})" for first in refused[:1]
    )
    rows = sorted(
        (row for row in read if isinstance(row, Row)), key=lambda row: (row.transaction.occurred_at, row.line)
    )
    if len(rows) < MIN_ROWS:
        reason = f"; {left_out}; DEMO_IMPORT takes the options of ledgermind import" if refused else ""
        raise OpsError(f"DEMO_CSV={path.name} has {len(rows)} usable rows; the demo needs at least {MIN_ROWS}{reason}")
    span = rows[-1].transaction.occurred_at - rows[0].transaction.occurred_at
    told = [_labelled(row, categories, delay=min(LABEL_DELAY, span / MIN_SPAN)) for row in rows]
    at = int(len(told) * HISTORY_SHARE)
    cutoff = told[at].transaction.occurred_at
    labelled = sum(one.category is not None for one in told)
    origin = f"{len(told):,} rows of {path.name}, {labelled:,} of them labelled" + (f"; {left_out}" if refused else "")
    return DemoInput(told[:at], told[at:], cutoff, origin)


def _told(simulated: Simulated) -> Told:
    return Told(simulated.transaction, simulated.category, simulated.labels)


def _labelled(row: Row, categories: CategoryMap, *, delay: timedelta) -> Told:
    try:
        category = None if row.category is None else categories.find(row.category)
    except KeyError:
        category = None
    transaction = row.transaction
    if category is None:
        return Told(transaction, None, ())
    label = Feedback(
        schema_version=FEEDBACK_SCHEMA_VERSION,
        feedback_id=f"label-{_fingerprint(identity_of(transaction))}",
        txn_id=transaction.txn_id,
        user_id=transaction.user_id,
        account_id=transaction.account_id,
        action=FeedbackAction.LABEL,
        category=category,
        source=LabelSource.IMPORT,
        given_at=row.label_observed_at or transaction.occurred_at + delay,
    )
    return Told(transaction, category, (label,))


def _fingerprint(identity: Identity) -> str:
    """Return a name of the same length for every transaction, since ids are bounded."""
    return sha256("\0".join(identity).encode()).hexdigest()[:32]

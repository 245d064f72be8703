"""Warehouse: what users, settled labels and feedback say of the rollout, asked of Postgres."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import msgspec
from psycopg.rows import TupleRow

from ops.errors import OpsError
from ops.judge.patience import Patience
from ops.judge.place import Place
from ops.judge.queries import CRITERIA, NEWEST, NUMBERS
from ops.judge.session import Session, open_session
from schemas.descriptor import merchant_key, norm_desc
from scorer.policy import Policy
from scorer.signs import Pair, count_signs, worth
from scorer.standing import Standing

# What the canary's policy would have served is its model's answer where it was sure, else control's. A label that a
# rule gave says only that the rules agree with themselves. Answers of other releases, of other rules or of a model that
# was not asked are no evidence on these.
LABELLED: Final = """
select
    transactions.description, compare.label, compare.control_category,
    coalesce(compare.canary_category, compare.control_category),
    greatest(compare.compared_at + %(maturity)s, compare.label_observed_at),
    compare.label_stance <> 'independent'
from marts.fct_suggestion_compare as compare
inner join staging.stg_transactions as transactions on compare.txn_id = transactions.txn_id
where compare.label is not null and compare.label_source <> 'rule'
    and compare.challenger_version = %(canary)s and compare.champion_version is not distinct from %(control)s
    and compare.challenger_acceptance <> 'not_asked'
    and compare.rules_version = (
        select latest.rules_version from marts.fct_suggestion_compare as latest order by latest.compared_at desc limit 1
    )
    and compare.compared_at >= %(evidence_since)s and compare.compared_at < %(matured)s
"""


class Labelled(NamedTuple):
    """One labelled comparison: what each policy would have served, and when the label became evidence."""

    description: str
    label: str
    control: str | None
    canary: str | None
    settled_at: datetime
    is_anchored: bool  # it was given to an answer that was shown


class Answer(NamedTuple):
    """A standing with what the warehouse knows, and what could not be measured, with the reason."""

    standing: Standing
    faults: tuple[str, ...]


def warehouse_at(dsn: str, policy: Policy, patience: Patience) -> Callable[[Standing, Place, datetime], Answer]:
    """Return who asks the warehouse at a DSN; raises PostgresError when asked and it is away."""

    def ask(standing: Standing, stands: Place, now: datetime) -> Answer:
        with open_session(dsn, patience) as session:
            return ask_warehouse(standing, session, policy, stands, now=now)

    return ask


def ask_warehouse(standing: Standing, session: Session, policy: Policy, place: Place, *, now: datetime) -> Answer:
    """Add what the warehouse knows; a query that fails costs its own numbers, and the fault names them."""
    asked = {
        "arm": place.arm,
        "newest": NEWEST,
        "now": now,
        "canary": place.record.canary.model_version,
        "control": place.record.control.model_version,
        "stable_version": place.stable_version,
        "stable_since": place.stable_since,
        "evidence_since": place.evidence_since,
        "rates_since": max(now - timedelta(seconds=policy.rates_window_seconds), place.stable_since),
        "maturity": timedelta(days=policy.label_maturity_days),
        "matured": now - timedelta(days=policy.label_maturity_days),
    }
    faults: list[str] = []
    found: dict[str, float] = {}
    for name, query in CRITERIA.items():
        rows = _ask(session, name, query, asked, faults)
        if rows:
            found |= dict(zip(NUMBERS[name], map(float, rows[0]), strict=True))
    standing = msgspec.structs.replace(standing, **found)
    labelled = _ask(session, "labels", LABELLED, asked, faults)
    if labelled is not None:
        standing = with_labels(standing, [Labelled(*row) for row in labelled], now=now)
    return Answer(standing, tuple(faults))


def _ask(
    session: Session, name: str, query: str, asked: Mapping[str, object], faults: list[str]
) -> list[TupleRow] | None:
    """Return the rows of a query, None where it could not be asked: the fault is noted."""
    if session.is_lost:
        faults.append(f"{name} not measured: the connection to Postgres was lost")
        return None
    try:
        return session.rows(name, query, asked)
    except OpsError as error:
        faults.append(str(error))
        return None


def with_labels(standing: Standing, labelled: Sequence[Labelled], *, now: datetime) -> Standing:
    """Add the signs of merchants, of labels that are independent of what was shown and of those anchored by it."""
    own = count_signs(pair_of(one) for one in labelled if not one.is_anchored)
    anchored = count_signs(pair_of(one) for one in labelled if one.is_anchored)
    first = min((one.settled_at for one in labelled), default=now)
    return msgspec.structs.replace(
        standing,
        better=own.better,
        worse=own.worse,
        alike=own.alike,
        anchored_better=anchored.better,
        anchored_worse=anchored.worse,
        anchored_alike=anchored.alike,
        evidence_days=max(0.0, (now - first).total_seconds() / 86_400),
    )


def pair_of(one: Labelled) -> Pair:
    """Return one label as evidence; its day is UTC's."""
    return Pair(
        merchant=merchant_key(norm_desc(one.description)),
        day=one.settled_at.astimezone(UTC).toordinal(),
        difference=worth(one.canary, one.label) - worth(one.control, one.label),
    )

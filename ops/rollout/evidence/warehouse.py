"""Warehouse: what users, settled labels and feedback say of the rollout, asked of Postgres."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec
import psycopg
from psycopg.rows import TupleRow

from ops.errors import OpsError, PostgresError
from ops.rollout.evidence.categories import ask_categories
from ops.rollout.evidence.paired import with_paired
from ops.rollout.evidence.queries import CRITERIA, NEWEST, NUMBERS
from ops.rollout.evidence.session import Session, open_session
from ops.rollout.evidence.warehouse_answer import WarehouseAnswer
from ops.rollout.patience import Patience
from ops.rollout.rollout_state import Place
from scorer.rollout.metrics import Standing
from scorer.rollout.policy import Policy
from trainer.dataset.db import first_line


def warehouse_at(
    dsn: str, policy: Policy, patience: Patience
) -> Callable[[Standing, Place, datetime], WarehouseAnswer]:
    """Return who asks the warehouse at a DSN; raises PostgresError when asked and it is away."""

    def ask(standing: Standing, stands: Place, now: datetime) -> WarehouseAnswer:
        try:
            with open_session(dsn, patience) as session:
                return ask_warehouse(standing, session, policy, stands, now=now)
        except psycopg.Error as error:
            raise PostgresError(f"the warehouse cannot say: {first_line(error)}") from error

    return ask


def ask_warehouse(
    standing: Standing, session: Session, policy: Policy, place: Place, *, now: datetime
) -> WarehouseAnswer:
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
            numbers = dict(zip(NUMBERS[name], rows[0], strict=True))
            found |= {field: float(value) for field, value in numbers.items() if value is not None}
    standing = msgspec.structs.replace(standing, **found)
    if policy.categories is not None:
        try:
            standing = msgspec.structs.replace(standing, categories=ask_categories(session, policy, asked))
        except OpsError as error:
            faults.append(str(error))
    try:
        paired = with_paired(standing, session, asked, now=now)
    except OpsError as error:
        return WarehouseAnswer(standing, (*faults, str(error)))
    return WarehouseAnswer(paired.standing, (*faults, *paired.faults))


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

"""Criteria: asks a policy's own criteria of Prometheus and Postgres; one that fails costs no other, and is named."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from ops.errors import OpsError
from ops.rollout.patience import Patience
from ops.rollout.rollout_state import Place
from ops.rollout.sources.prometheus import number_at
from schemas.events.rollout import CriterionValue
from scorer.rollout.policy import Policy
from scorer.rollout.user_criterion import Criterion


class CriteriaAnswer(NamedTuple):
    """What each criterion's queries gave, and what could not be measured, with the reason."""

    values: dict[str, CriterionValue]
    faults: tuple[str, ...]


Number = Callable[[str, str], float | None]  # of a criterion's name and one of its queries


def criteria_at(
    policy: Policy, patience: Patience, *, prometheus: str | None, dsn: str | None
) -> Callable[[Place, datetime], CriteriaAnswer]:
    """Return who asks the policy's own criteria of a Prometheus and a Postgres."""

    def ask(place: Place, now: datetime) -> CriteriaAnswer:
        values, faults = dict[str, CriterionValue](), list[str]()
        for criterion in policy.criteria:
            if criterion.sql is None:
                number = _in_promql(criterion, patience, prometheus)
            else:
                number = _in_sql(criterion, patience, dsn, _settings(place, now))
            values[criterion.name] = _measured(criterion, number, faults)
        return CriteriaAnswer(values, tuple(faults))

    return ask


def _measured(criterion: Criterion, number: Number, faults: list[str]) -> CriterionValue:
    queries = {"value": criterion.value, "sample": criterion.sample, "baseline": criterion.baseline}
    found: dict[str, float | None] = {}
    for part, query in queries.items():
        if query is None:
            continue
        name = f"criterion {criterion.name}" if part == "value" else f"{part} of criterion {criterion.name}"
        try:
            found[part] = number(name, query)
            if found[part] is None:
                faults.append(f"{name} not measured: its query gives no value")
        except OpsError as error:
            faults.append(str(error) if str(error).startswith(name) else f"{name} not measured: {error}")
    return CriterionValue(**found)


def _in_promql(criterion: Criterion, patience: Patience, url: str | None) -> Number:
    def number(name: str, query: str) -> float:
        if url is None:
            raise OpsError("it is in PromQL and no Prometheus was named; give --prometheus")
        return number_at(url, query, seconds=criterion.timeout_seconds, patience=patience)

    return number


def _in_sql(criterion: Criterion, patience: Patience, dsn: str | None, settings: dict[str, str]) -> Number:
    def number(name: str, query: str) -> float | None:
        if dsn is None:
            raise OpsError("it is in SQL and no Postgres was named; give --dsn, or set LEDGERMIND_POSTGRES_DSN")
        from ops.rollout.evidence.session import open_session  # noqa: PLC0415 - most policies ask no Postgres

        with open_session(dsn, patience) as session:  # its own: a connection that is lost costs this one alone
            found = session.value(name, query, settings, seconds=criterion.timeout_seconds)
        if isinstance(found, bool) or not isinstance(found, int | float | Decimal | None):
            raise OpsError(f"its query gives a value of type {type(found).__name__}, a number is needed")
        return None if found is None else float(found)

    return number


def _settings(place: Place, now: datetime) -> dict[str, str]:
    """Return what a query in SQL finds by ``current_setting``; the rules have no version."""
    return {
        "ledgermind.canary": place.record.canary.model_version or "",
        "ledgermind.control": place.record.control.model_version or "",
        "ledgermind.percent": place.record.percent,
        "ledgermind.since": place.stable_since.isoformat(),
        "ledgermind.now": now.isoformat(),
    }

"""Observe: the numbers that the judge needs, from workers' /metrics, the rollout record and the warehouse."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
import psycopg

from ops.demo.scrape import Scrape, scrape
from ops.errors import OpsError
from schemas.comparison import Acceptance
from schemas.descriptor import merchant_key, norm_desc
from schemas.rollout import RolloutRecord, Verdict
from scorer.evidence import Signs, count_signs, e_better, e_not_inferior, e_worse, worth
from scorer.judge import Standing
from scorer.policy import Policy

P95: Final = 0.95
# What the canary's policy would have served is its model's answer where it was sure, else control's.
LABELLED: Final = """
select transactions.description, compare.label, compare.control_category,
    coalesce(compare.canary_category, compare.control_category)
from marts.fct_suggestion_compare as compare
inner join raw.transactions as transactions on compare.txn_id = transactions.txn_id
where compare.label is not null and compare.challenger_version = %(canary)s and compare.compared_at < %(matured)s
"""
USERS: Final = """
select count(distinct user_id) from raw.suggestion_compare where arm = %(arm)s and compared_at >= %(since)s
"""


def look(urls: Sequence[str]) -> Scrape:
    """Sum what all workers export now; raises OpsError where one does not answer."""
    samples: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
    for url in urls:
        try:
            found = scrape(f"{url.rstrip('/')}/metrics")
        except (OSError, ValueError) as error:
            raise OpsError(f"no metrics at {url}: {error}; name every worker with --worker") from error
        for key, value in found.samples.items():
            samples[key] = samples.get(key, 0.0) + value
    return Scrape(samples)


def observe(urls: Sequence[str], *, seconds: float) -> Scrape:
    """Return what was added over a window, looked at twice."""
    before = look(urls)
    time.sleep(seconds)
    return look(urls).since(before)


def place(records: Sequence[RolloutRecord], *, expected_fallback: float, now: datetime) -> Standing:
    """Return what the rollout's own history says: the share, for how long, and whether it was taken back."""
    last = records[-1]
    since = last.decided_at
    for record in reversed(records):
        if (record.percent, record.canary, record.control) != (last.percent, last.canary, last.control):
            break
        since = record.decided_at
    taken_back = len(records) > 1 and last.basis_points == 0 and records[-2].basis_points > 0
    return Standing(
        percent=last.basis_points / 100,
        has_model=last.canary.model_version is not None,
        latched=taken_back or last.verdict is Verdict.ROLLBACK,
        stable_seconds=max(0.0, (now - since).total_seconds()),
        expected_fallback=expected_fallback,
    )


def measure(standing: Standing, added: Scrape) -> Standing:
    """Add a window's counts; a series that no worker exports yet counts nothing."""
    arm = "canary" if standing.percent > 0 else "control"

    def asked(acceptance: Acceptance) -> float:
        return added.total("lm_ml_acceptance_total", arm=arm, acceptance=acceptance.value)

    return msgspec.structs.replace(
        standing,
        transactions=added.total("lm_stream_transactions_total"),
        accepted=asked(Acceptance.ACCEPTED),
        low_confidence=asked(Acceptance.LOW_CONFIDENCE),
        unavailable=asked(Acceptance.UNAVAILABLE),
        error=asked(Acceptance.ERROR),
        timeout=asked(Acceptance.TIMEOUT),
        agree=added.total("lm_suggest_compare_total", outcome="agree"),
        disagree=added.total("lm_suggest_compare_total", outcome="disagree"),
        scoring_failed=added.total("lm_stream_dead_letters_total", reason="scoring_failed"),
        p95_seconds=added.quantile("lm_ml_predict_latency_seconds", P95),
    )


def ask_warehouse(
    standing: Standing, connection: psycopg.Connection, policy: Policy, *, canary: str, now: datetime
) -> Standing:
    """Add users and what settled labels say; raises psycopg.Error where the warehouse cannot be asked."""
    arm = "canary" if standing.percent > 0 else "control"
    since = now - timedelta(seconds=policy.window_seconds)
    users = connection.execute(USERS, {"arm": arm, "since": since}).fetchone()
    matured = now - timedelta(days=policy.label_maturity_days)
    rows = connection.execute(LABELLED, {"canary": canary, "matured": matured}).fetchall()
    signs = signs_of([(str(text), str(label), control, served) for text, label, control, served in rows])
    return msgspec.structs.replace(
        standing,
        users=None if users is None else float(users[0]),
        e_better=e_better(signs.better, signs.worse),
        e_worse=e_worse(signs.better, signs.worse),
        e_not_inferior=e_not_inferior(signs, margin=policy.margin),
    )


def signs_of(rows: Sequence[tuple[str, str, str | None, str | None]]) -> Signs:
    """Return one sign per merchant; a row is description, label, control's category and the canary's."""
    return count_signs(
        (merchant_key(norm_desc(text)), worth(canary, label) - worth(control, label))
        for text, label, control, canary in rows
    )

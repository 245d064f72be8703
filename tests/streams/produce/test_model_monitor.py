"""The outlook: gauges that follow what was committed, for the release that answers, and that forget another's."""

import msgspec
import pytest
from prometheus_client import REGISTRY

from schemas.events.comparison import Role
from schemas.events.rollout import ArmPolicy
from schemas.events.transaction import Transaction
from schemas.text.descriptor import Descriptor
from scorer.release.release import build_release
from streams.process.batch_types import Answers, Context, Record, Scored
from streams.process.pipeline import assign, conclude, decode
from streams.produce.model_monitor import EVERY_SECONDS, Outlook
from streams.rollout.release_model import ReleaseModel
from tests.support.builders import NOW, NOW_MS, first_rollout
from tests.support.small_dataset import renamed, transactions

VERSION = "202602010000-bbbbbbbbbb"


@pytest.fixture(scope="module")
def model() -> ReleaseModel:
    return ReleaseModel(build_release(renamed(VERSION), name=VERSION))


def scored(model: ReleaseModel, rows: list[Transaction]) -> list[Scored]:
    """Return what a worker commits of transactions that the canary's model was asked about."""
    records = [Record(0, n, NOW_MS, row.user_id.encode(), msgspec.json.encode(row)) for n, row in enumerate(rows)]
    decoded, rollout = decode(records), first_rollout(canary=ArmPolicy(VERSION))
    answered = model.answer(decoded.transactions, decoded.descriptors, role=Role.CHALLENGER)
    answers = Answers([None] * len(rows), {Role.CHALLENGER: answered})
    context = Context(topic_id="t", rules_version="r", rollout=rollout, scored_in_us=1, now=NOW)
    return conclude(decoded, assign(decoded.transactions, rollout), answers, context)


def gauge(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def see(outlook: Outlook, model: ReleaseModel, rows: list[Transaction]) -> None:
    """Show the rows in batches, each long enough after the one before to be sampled."""
    batch = scored(model, rows)
    for number, begin in enumerate(range(0, len(batch), 100)):
        outlook.see(batch[begin : begin + 100], now=number * EVERY_SECONDS)


def test_the_gauges_follow_what_was_committed_and_name_what_moved(model: ReleaseModel) -> None:
    rows, labels = transactions(600, seed=8)
    outlook = Outlook({VERSION: model}.get)
    see(outlook, model, rows)
    expected = gauge("lm_ml_expected_accuracy", role="challenger")
    answers = model.answer(*decode_all(rows), role=Role.CHALLENGER)
    right = sum(answer.ranked[0].category.value == label for answer, label in zip(answers, labels, strict=True))
    assert expected == pytest.approx(right / len(rows), abs=0.04)
    assert gauge("lm_ml_new_merchants") == 0.0
    usual = {name: gauge("lm_ml_input_drift", feature=name) for name in ("log_amount", "new_merchant")}
    dear = [
        msgspec.structs.replace(row, amount=f"{float(row.amount) * 6:.2f}", description=f"NEVER MET {n % 90}")
        for n, row in enumerate(rows)
    ]
    other = Outlook({VERSION: model}.get)
    see(other, model, dear)
    for name, before in usual.items():
        now, bar = gauge("lm_ml_input_drift", feature=name), gauge("lm_ml_input_drift_bar", feature=name)
        assert before is not None
        assert now is not None
        assert bar is not None
        assert before < bar < now
    assert gauge("lm_ml_new_merchants") == 1.0


def test_a_sample_is_taken_once_a_second_and_no_model_is_no_trouble(model: ReleaseModel) -> None:
    rows, _ = transactions(100, seed=9)
    batch = scored(model, rows)
    asked: list[str] = []
    outlook = Outlook(asked.append)
    for number in range(5):
        outlook.see(batch, now=number * EVERY_SECONDS / 4)
    outlook.see([], now=100.0)
    assert asked == [VERSION, VERSION]


def test_one_busy_hour_is_not_taken_for_the_window(model: ReleaseModel) -> None:
    rows, _ = transactions(600, seed=10)
    hour = rows[0].occurred_at.replace(minute=0)
    busy = [msgspec.structs.replace(row, occurred_at=hour) for row in rows]
    see(Outlook({VERSION: model}.get), model, busy)
    assert gauge("lm_ml_input_drift", feature="words") is None  # too few of the 600 count to tell
    see(Outlook({VERSION: model}.get), model, rows)
    assert gauge("lm_ml_input_drift", feature="words") is not None


def decode_all(rows: list[Transaction]) -> tuple[list[Transaction], list[Descriptor]]:
    decoded = decode([Record(0, 0, NOW_MS, row.user_id.encode(), msgspec.json.encode(row)) for row in rows])
    return decoded.transactions, decoded.descriptors

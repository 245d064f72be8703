"""Rules and models are asked side by side; a model that fails, sleeps or is missing costs its answer, not the batch."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence

import pytest

from ops.patience import patience_seconds
from schemas.events.comparison import Acceptance, Role
from schemas.events.rollout import ArmPolicy, RolloutRecord
from schemas.taxonomy import Category
from scorer.serving.decide import ModelAnswer
from streams import metrics
from streams.process.batch_types import Answers
from streams.process.circuit_breaker import FAILURES_TO_OPEN
from streams.process.pipeline import assign, decode
from streams.process.scoring import TIMED_ROWS, Scoring
from tests.support.builders import PlainModel, PlainRules, first_rollout, named, record, user_in

RULE = named(Category("Fuel & Auto"))
CANARY_ALONE = first_rollout(canary=ArmPolicy("m-1"))
DEADLINE_SECONDS = 0.05


def fail() -> None:
    raise ZeroDivisionError


def oversleep() -> None:
    time.sleep(4 * DEADLINE_SECONDS)


def scoring(**models: PlainModel) -> Scoring:
    """Return a scoring whose models are named m_1 for version m-1."""
    shelf = {name.replace("_", "-"): model for name, model in models.items()}
    return Scoring(PlainRules(RULE), models=shelf.get, model_seconds=DEADLINE_SECONDS)


async def ask(asked: Scoring, rollout: RolloutRecord, users: Sequence[str] = ("u-1", "u-2", "u-3")) -> Answers:
    decoded = decode([record(offset, user=user) for offset, user in enumerate(users)])
    return await asked.answer(decoded, assign(decoded.transactions, rollout), rollout)


def words(answers: Answers, role: Role = Role.CHALLENGER) -> list[Acceptance]:
    return [answer.acceptance for answer in answers.models[role]]


def test_rules_and_model_each_answer_every_transaction() -> None:
    answers = asyncio.run(ask(scoring(m_1=PlainModel()), CANARY_ALONE))
    assert answers.rules == [RULE] * 3
    assert words(answers) == [Acceptance.ACCEPTED] * 3


def test_a_shadow_answer_is_not_explained_since_nobody_is_served_it() -> None:
    champion, challenger = PlainModel(), PlainModel()
    rollout = first_rollout(canary=ArmPolicy("m-2"), control=ArmPolicy("m-1"), percent="50.00")
    users = [user_in(lambda number: number < 5_000), user_in(lambda number: number >= 5_000)]
    asyncio.run(ask(scoring(m_1=champion, m_2=challenger), rollout, users))
    assert (champion.explained, challenger.explained) == (None, [True, False])


def test_a_role_that_the_rollout_does_not_name_is_not_asked() -> None:
    model = PlainModel()
    assert asyncio.run(ask(scoring(m_1=model), first_rollout())).models == {}
    assert model.asked == []


@pytest.mark.parametrize(
    ("models", "acceptance"),
    [
        pytest.param({}, Acceptance.UNAVAILABLE, id="a release that is not loaded"),
        pytest.param({"m_1": PlainModel(act=fail)}, Acceptance.ERROR, id="a model that raises"),
        pytest.param({"m_1": PlainModel(act=oversleep)}, Acceptance.TIMEOUT, id="a model that is too slow"),
        pytest.param(
            {"m_1": PlainModel(acceptance=Acceptance.LOW_CONFIDENCE)}, Acceptance.LOW_CONFIDENCE, id="an unsure model"
        ),
    ],
)
def test_what_a_model_did_is_its_answer_and_rules_answer_all_the_same(
    models: dict[str, PlainModel], acceptance: Acceptance
) -> None:
    answers = asyncio.run(ask(scoring(**models), CANARY_ALONE))
    assert words(answers) == [acceptance] * 3
    assert {answer.version for answer in answers.models[Role.CHALLENGER]} == {"m-1"}
    assert answers.rules == [RULE] * 3


def test_nobody_waits_longer_for_a_model_than_its_deadline() -> None:
    released = threading.Event()

    async def ask_one_that_hangs() -> Answers:
        try:
            return await ask(scoring(m_1=PlainModel(act=lambda: released.wait(patience_seconds()))), CANARY_ALONE)
        finally:
            assert not released.is_set()
            released.set()

    assert words(asyncio.run(ask_one_that_hangs())) == [Acceptance.TIMEOUT] * 3


def test_a_large_batch_has_the_deadline_of_its_rows() -> None:
    users = [f"u-{number}" for number in range(20 * TIMED_ROWS)]
    answers = asyncio.run(ask(scoring(m_1=PlainModel(act=oversleep)), CANARY_ALONE, users))
    assert set(words(answers)) == {Acceptance.ACCEPTED}


def test_while_a_late_call_still_runs_the_model_is_not_asked_again() -> None:
    async def ask_twice() -> tuple[Answers, Answers]:
        asked = scoring(m_1=PlainModel(act=oversleep))
        return await ask(asked, CANARY_ALONE), await ask(asked, CANARY_ALONE)

    first, second = asyncio.run(ask_twice())
    assert words(first) == [Acceptance.TIMEOUT] * 3
    assert words(second) == [Acceptance.UNAVAILABLE] * 3


@pytest.mark.parametrize("act", [pytest.param(fail, id="errors"), pytest.param(oversleep, id="timeouts")])
def test_after_failures_in_a_row_the_breaker_opens(act: Callable[[], None]) -> None:
    model = PlainModel(act=act)

    async def ask_often() -> list[Acceptance]:
        asked = scoring(m_1=model)
        heard = []
        for _ in range(FAILURES_TO_OPEN + 2):
            heard += words(await ask(asked, CANARY_ALONE, ["u-1"]))
            await asyncio.sleep(4 * DEADLINE_SECONDS if act is oversleep else 0)
        return heard

    heard = asyncio.run(ask_often())
    assert Acceptance.UNAVAILABLE not in heard[:FAILURES_TO_OPEN]
    assert heard[FAILURES_TO_OPEN:] == [Acceptance.UNAVAILABLE] * 2
    assert len(model.asked) == FAILURES_TO_OPEN


def test_a_success_between_failures_keeps_the_breaker_closed() -> None:
    fails = iter(([True] * 4 + [False]) * 3)
    model = PlainModel(act=lambda: fail() if next(fails) else None)

    async def ask_often() -> list[Acceptance]:
        asked = scoring(m_1=model)
        return [word for _ in range(15) for word in words(await ask(asked, CANARY_ALONE, ["u-1"]))]

    assert asyncio.run(ask_often()) == ([Acceptance.ERROR] * 4 + [Acceptance.ACCEPTED]) * 3


def test_a_failing_challenger_does_not_close_the_way_to_the_champion() -> None:
    rollout = first_rollout(control=ArmPolicy("m-1"), canary=ArmPolicy("m-2"))

    async def ask_often() -> list[Answers]:
        asked = scoring(m_1=PlainModel(), m_2=PlainModel(act=fail))
        return [await ask(asked, rollout) for _ in range(FAILURES_TO_OPEN + 1)]

    answers = asyncio.run(ask_often())
    assert all(words(answer, Role.CHAMPION) == [Acceptance.ACCEPTED] * 3 for answer in answers)
    assert words(answers[-1]) == [Acceptance.UNAVAILABLE] * 3


def test_a_release_that_hangs_does_not_silence_the_next_one() -> None:
    wake = threading.Event()

    async def ask_both() -> tuple[Answers, Answers]:
        asked = scoring(m_1=PlainModel(act=wake.wait), m_2=PlainModel())
        hanging = await ask(asked, CANARY_ALONE)
        return hanging, await ask(asked, first_rollout(canary=ArmPolicy("m-2")))

    try:
        hanging, after = asyncio.run(ask_both())
    finally:
        wake.set()
    assert words(hanging) == [Acceptance.TIMEOUT] * 3
    assert words(after) == [Acceptance.ACCEPTED] * 3


def test_without_shadow_only_the_canarys_users_are_put_to_its_model() -> None:
    model = PlainModel()
    rollout = first_rollout(canary=ArmPolicy("m-1"), percent="50.00", shadow=False)
    users = [user_in(lambda number: number >= 5_000), user_in(lambda number: number < 5_000)]
    answers = asyncio.run(ask(scoring(m_1=model), rollout, [*users, users[0]]))
    assert words(answers) == [Acceptance.NOT_ASKED, Acceptance.ACCEPTED, Acceptance.NOT_ASKED]
    assert answers.models[Role.CHALLENGER][0] == ModelAnswer(Role.CHALLENGER, "m-1", Acceptance.NOT_ASKED)
    assert model.asked == ["t-1"]


def test_what_rules_raise_is_raised() -> None:
    asked = Scoring(PlainRules(fails_at=frozenset({"t-1"})), models=lambda version: None, model_seconds=1.0)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(ask(asked, first_rollout()))


def test_requests_are_counted_by_whether_the_model_could_be_asked() -> None:
    def count(available: str) -> float:
        return float(metrics.PREDICT_REQUESTS.labels(available)._value.get())

    asked, unasked = count("true"), count("false")
    asyncio.run(ask(scoring(m_1=PlainModel()), CANARY_ALONE))
    asyncio.run(ask(scoring(), CANARY_ALONE))
    assert (count("true") - asked, count("false") - unasked) == (3, 3)

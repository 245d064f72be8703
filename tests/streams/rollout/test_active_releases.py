"""A rollout record comes into force once its releases are loaded; a refused release leaves the old record in force."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import pytest
from structlog.testing import capture_logs

from ops.patience import patience_seconds, wait_for
from schemas.events.rollout import ArmPolicy, RolloutRecord
from scorer.errors import ReleaseError
from streams import metrics
from streams.rollout.active_releases import Reload
from tests.support.builders import PlainModel, first_rollout, next_rollout

SECONDS = patience_seconds()
Start = Callable[[dict[str, PlainModel]], Reload]


class Shelf:
    """Releases by version; one that is not there is refused, and ``gate`` holds every load back while it is shut."""

    def __init__(self, models: dict[str, PlainModel]) -> None:
        self.models = models
        self.gate = threading.Event()
        self.gate.set()
        self.loads: list[str] = []
        self.tried = threading.Condition()
        self.before_load: Callable[[], None] = lambda: None

    def load(self, version: str) -> PlainModel:
        self.gate.wait(SECONDS)
        self.before_load()
        with self.tried:
            self.loads.append(version)
            self.tried.notify_all()
        if version not in self.models:
            raise ReleaseError(version, ["text.npz: was changed after the release was written"])
        return self.models[version]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf({"m-1": PlainModel(), "m-2": PlainModel(), "unfit": PlainModel(may_serve=False)})


@pytest.fixture
def reload(shelf: Shelf) -> Iterator[Reload]:
    loader = Reload(shelf.load)
    loader.start()
    yield loader
    loader.stop()


def canary(model: str | None, **changes: object) -> RolloutRecord:
    return first_rollout(canary=ArmPolicy(model), **changes)


def comes(holds: Callable[[], bool], *, seconds: float) -> bool:
    """Whether something comes true in this time that should not."""
    pause = threading.Event()
    return any(holds() or pause.wait(0.01) for _ in range(int(seconds * 100)))


def test_a_record_without_releases_is_in_force_at_once(reload: Reload) -> None:
    reload.offer(first_rollout())
    assert reload.in_force == first_rollout()


def test_a_record_is_in_force_only_when_its_releases_are_loaded(reload: Reload, shelf: Shelf) -> None:
    shelf.gate.clear()
    reload.offer(canary("m-1"))
    assert reload.in_force is None
    shelf.gate.set()
    assert reload.wait_until_in_force(SECONDS)
    assert reload.get("m-1") is shelf.models["m-1"]


def test_the_running_release_answers_while_the_next_one_is_loaded(reload: Reload, shelf: Shelf) -> None:
    first = canary("m-1")
    reload.offer(first)
    assert reload.wait_until_in_force(SECONDS)
    shelf.gate.clear()
    second = next_rollout(first, canary=ArmPolicy("m-2"))
    reload.offer(second)
    assert reload.in_force == first
    assert reload.get("m-1") is not None
    shelf.gate.set()
    wait_for(lambda: reload.in_force == second, "reload")
    assert reload.get("m-2") is shelf.models["m-2"]
    assert reload.get("m-1") is None


def test_a_change_of_the_share_alone_loads_nothing_again(reload: Reload, shelf: Shelf) -> None:
    first = canary("m-1")
    reload.offer(first)
    assert reload.wait_until_in_force(SECONDS)
    reload.offer(next_rollout(first, percent="50.00"))
    assert reload.in_force is not None
    assert reload.in_force.version == 1
    assert shelf.loads == ["m-1"]


def test_of_two_records_offered_during_a_load_the_later_one_wins(reload: Reload, shelf: Shelf) -> None:
    shelf.gate.clear()
    first = canary("m-1")
    second = next_rollout(first, canary=ArmPolicy("m-2"))
    reload.offer(first)
    reload.offer(second)
    shelf.gate.set()
    wait_for(lambda: reload.in_force == second, "reload")


def refused_loads() -> float:
    return float(metrics.RELEASE_LOADS.labels("refused")._value.get())


def refused_records() -> float:
    return float(metrics.ROLLOUT_REFUSALS._value.get())


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"canary": ArmPolicy("damaged")}, id="damaged canary"),
        pytest.param({"control": ArmPolicy("damaged")}, id="damaged champion"),
        pytest.param({"canary": ArmPolicy("unfit"), "percent": "10.00"}, id="canary that its gate did not pass"),
        pytest.param({"control": ArmPolicy("unfit")}, id="champion that its gate did not pass"),
    ],
)
def test_a_refused_release_leaves_the_old_record_in_force(
    reload: Reload, shelf: Shelf, changes: dict[str, object]
) -> None:
    first = canary("m-1")
    reload.offer(first)
    assert reload.wait_until_in_force(SECONDS)
    before = refused_records()
    with capture_logs() as said:
        reload.offer(next_rollout(first, **changes))
        wait_for(lambda: "rollout_refused" in [event["event"] for event in said], "reload")
    assert refused_records() == before + 1
    third = next_rollout(next_rollout(first, **changes), control=ArmPolicy(), canary=ArmPolicy("m-1"))
    assert reload.in_force == first
    assert reload.get("m-1") is shelf.models["m-1"]
    reload.offer(third)
    wait_for(lambda: reload.in_force is not None and reload.in_force.version == 2, "reload")


def test_a_rollback_is_in_force_at_once_though_the_release_it_names_was_never_loaded(
    reload: Reload, shelf: Shelf
) -> None:
    first = canary("m-1", percent="50.00")
    reload.offer(first)
    assert reload.wait_until_in_force(SECONDS)
    second = next_rollout(first, canary=ArmPolicy("damaged"))
    reload.offer(second)
    wait_for(lambda: "damaged" in shelf.loads, "reload")
    shelf.gate.clear()  # nor does it wait for another try, which may hang
    third = next_rollout(second, percent="0.00")
    reload.offer(third)
    assert reload.in_force == third
    assert reload.get("damaged") is None
    shelf.models["damaged"] = PlainModel()
    shelf.gate.set()
    wait_for(lambda: reload.get("damaged") is not None, "release in shadow")


def test_a_rollback_whose_release_stays_refused_stays_in_force(reload: Reload, shelf: Shelf) -> None:
    first = canary("m-1", percent="50.00")
    reload.offer(first)
    assert reload.wait_until_in_force(SECONDS)
    third = next_rollout(next_rollout(first), canary=ArmPolicy("damaged"), percent="0.00")
    before = refused_records()
    reload.offer(third)
    wait_for(lambda: "damaged" in shelf.loads, "reload")
    assert reload.in_force == third
    assert refused_records() == before


def test_a_next_challenger_waits_for_its_release_while_the_last_one_becomes_the_champion(
    reload: Reload, shelf: Shelf
) -> None:
    first = canary("m-1", percent="100.00")
    reload.offer(first)
    assert reload.wait_until_in_force(SECONDS)
    shelf.gate.clear()
    second = next_rollout(first, control=ArmPolicy("m-1"), canary=ArmPolicy("m-2"), percent="0.00")
    reload.offer(second)
    assert reload.in_force == first
    shelf.gate.set()
    wait_for(lambda: reload.in_force == second, "reload")


def test_a_refusal_is_counted_and_not_tried_again_for_the_same_record(reload: Reload, shelf: Shelf) -> None:
    before = refused_loads()
    reload.offer(canary("damaged"))
    assert reload.wait_until_in_force(SECONDS)
    assert shelf.loads == ["damaged"]
    assert refused_loads() == before + 1


def test_at_the_start_rules_answer_for_a_release_that_cannot_be_loaded(reload: Reload) -> None:
    reload.offer(canary("damaged", percent="10.00"))
    assert reload.wait_until_in_force(SECONDS)
    assert reload.get("damaged") is None


@pytest.mark.parametrize(
    "record", [canary("unfit", percent="10.00"), first_rollout(control=ArmPolicy("unfit"))], ids=["canary", "champion"]
)
def test_at_the_start_rules_answer_for_a_release_that_its_gate_did_not_pass(
    reload: Reload, shelf: Shelf, record: RolloutRecord
) -> None:
    reload.offer(record)
    assert reload.wait_until_in_force(SECONDS)
    reload.offer(next_rollout(record, reason="the same again"))
    assert not comes(lambda: reload.get("unfit") is not None, seconds=0.2)
    assert shelf.loads == ["unfit"]
    assert 'model_version="unfit"' not in metrics.exposition().decode()


def test_what_its_gate_did_not_pass_is_shadowed_once_a_record_asks_for_no_more(reload: Reload, shelf: Shelf) -> None:
    first = canary("unfit", percent="10.00")
    reload.offer(first)
    assert reload.wait_until_in_force(SECONDS)
    reload.offer(next_rollout(first, percent="0.00"))
    wait_for(lambda: reload.get("unfit") is shelf.models["unfit"], "reload")


def test_a_release_that_its_gate_did_not_pass_may_be_shadowed(reload: Reload, shelf: Shelf) -> None:
    reload.offer(canary("unfit", percent="0.00"))
    assert reload.wait_until_in_force(SECONDS)
    assert reload.get("unfit") is shelf.models["unfit"]


def test_a_release_that_was_mended_gets_another_chance_with_the_next_record(reload: Reload, shelf: Shelf) -> None:
    first = canary("damaged")
    reload.offer(first)
    assert reload.wait_until_in_force(SECONDS)
    shelf.models["damaged"] = PlainModel()
    reload.offer(next_rollout(first))
    wait_for(lambda: reload.get("damaged") is not None, "reload")


def test_a_release_that_is_there_again_is_loaded_without_another_record(shelf: Shelf) -> None:
    reload = Reload(shelf.load, retry_seconds=0.05)
    reload.start()
    try:
        first = canary("m-1")
        reload.offer(first)
        assert reload.wait_until_in_force(SECONDS)
        second = next_rollout(first, canary=ArmPolicy("damaged"))
        with capture_logs() as said:
            reload.offer(second)
            wait_for(lambda: shelf.loads.count("damaged") > 2, "reload")
        assert reload.in_force == first
        events = [event["event"] for event in said]
        assert (events.count("release_refused"), events.count("rollout_refused")) == (1, 1)  # once, however often tried
        shelf.models["damaged"] = PlainModel()
        wait_for(lambda: reload.in_force == second, "reload")
        loads = len(shelf.loads)
        assert not comes(lambda: len(shelf.loads) > loads, seconds=0.3)
    finally:
        reload.stop()


SETTLED = {"rollout_in_force", "rollout_refused"}
CHAMPION = first_rollout(control=ArmPolicy("m-1"), canary=ArmPolicy("m-2"), percent="50.00")


@pytest.mark.parametrize(
    "later",
    [
        pytest.param([{"canary": ArmPolicy("damaged")}], id="a refused canary"),
        pytest.param([{"canary": ArmPolicy("damaged")}, {"percent": "60.00"}], id="and a further share for it"),
        pytest.param([{"canary": ArmPolicy("unfit")}], id="a canary that its gate did not pass"),
        pytest.param([{"canary": ArmPolicy("damaged")}, {"percent": "0.00"}], id="and a rollback of it"),
        pytest.param([{"percent": "60.00"}, {"control": ArmPolicy("damaged")}], id="a refused champion"),
    ],
)
def test_who_starts_late_serves_what_who_has_run_all_along_serves(shelf: Shelf, later: list[dict[str, object]]) -> None:
    def settled(said: Sequence[Mapping[str, object]]) -> bool:
        return any(event["event"] in SETTLED for event in said)

    records = [CHAMPION]
    for changes in later:
        records.append(next_rollout(records[-1], **changes))
    early, late = Reload(shelf.load), Reload(shelf.load)
    for one in (early, late):
        one.start()
    try:
        for end in range(1, len(records) + 1):
            with capture_logs() as said:
                early.follow(records[:end])
                wait_for(partial(settled, said), "early")
        late.follow(records)
        assert late.wait_until_in_force(SECONDS)
        wait_for(lambda: late.in_force == early.in_force, lambda: f"{early.in_force}, not {late.in_force}")
    finally:
        for one in (early, late):
            one.stop()


@pytest.mark.parametrize("failure", [TypeError("x"), MemoryError(), KeyError("brands"), ZeroDivisionError()])
def test_whatever_fails_while_a_release_is_loaded_refuses_the_release_and_ends_nobody(
    reload: Reload, shelf: Shelf, failure: Exception
) -> None:
    first = canary("m-1")
    reload.offer(first)
    assert reload.wait_until_in_force(SECONDS)

    def fail() -> None:
        raise failure

    shelf.before_load = fail
    with capture_logs() as said:
        reload.offer(next_rollout(first, canary=ArmPolicy("m-2")))
        wait_for(lambda: "release_refused" in [event["event"] for event in said], "reload")
    assert reload.in_force == first
    shelf.before_load = lambda: None
    mended = next_rollout(first, canary=ArmPolicy("m-2"), reason="mended")
    reload.offer(mended)
    wait_for(lambda: reload.in_force == mended, "reload")


def test_a_release_that_loads_for_ever_keeps_no_worker_from_starting(reload: Reload, shelf: Shelf) -> None:
    shelf.gate.clear()
    record = canary("m-1", percent="10.00")
    reload.follow([record])
    assert reload.in_force is None
    reload.go_without()
    assert reload.in_force == record
    assert reload.get("m-1") is None
    shelf.gate.set()
    wait_for(lambda: reload.get("m-1") is not None, "release")


def test_the_metrics_name_each_loaded_release_with_its_role(reload: Reload) -> None:
    reload.offer(first_rollout(control=ArmPolicy("m-1"), canary=ArmPolicy("m-2"), percent="12.50"))
    assert reload.wait_until_in_force(SECONDS)
    shown = metrics.exposition().decode()
    assert 'lm_ml_model_info{model_version="m-1",role="champion"} 1.0' in shown
    assert 'lm_ml_model_info{model_version="m-2",role="challenger"} 1.0' in shown
    assert "lm_rollout_percent 12.5" in shown
    reload.offer(first_rollout(control=ArmPolicy("m-2"), version=1))
    wait_for(lambda: 'role="champion"} 1.0' in metrics.exposition().decode(), "reload")
    after = metrics.exposition().decode()
    assert [line for line in after.splitlines() if line.startswith("lm_ml_model_info{")] == [
        'lm_ml_model_info{model_version="m-2",role="champion"} 1.0'
    ]

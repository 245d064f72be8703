"""A rollout record of another taxonomy is refused as an unfit release is; a new rollout begins behind it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from ops.patience import patience_seconds, wait_for
from schemas.events.rollout import Act, ActKind, ArmPolicy, RolloutRecord, chain_error
from streams import metrics
from streams.errors import RolloutRecordError
from streams.rollout.active_releases import Reload
from streams.rollout.change import Change, first_of_taxonomy, successor
from streams.settings import SuggestSettings
from tests.streams.rollout.test_active_releases import Shelf
from tests.support.builders import NOW, PlainModel, first_rollout, next_rollout

SECONDS = patience_seconds()
OWN = first_rollout(canary=ArmPolicy("m-1"), percent="50.00")
FOREIGN = next_rollout(OWN, taxonomy_version="household-1", canary=ArmPolicy("of-household"), percent="100.00")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf({"m-1": PlainModel(), "m-2": PlainModel()})


@pytest.fixture
def reload(shelf: Shelf) -> Iterator[Reload]:
    loader = Reload(shelf.load)
    loader.start()
    yield loader
    loader.stop()


def refused_records() -> float:
    return float(metrics.ROLLOUT_REFUSALS._value.get())


def begin(reload: Reload, *records: RolloutRecord) -> RolloutRecord:
    reload.follow(records)
    assert reload.wait_until_in_force(SECONDS)
    assert reload.in_force is not None
    return reload.in_force


def test_the_last_record_of_one_s_own_stays_and_it_is_said_and_counted(reload: Reload, shelf: Shelf) -> None:
    assert begin(reload, OWN) == OWN
    before = refused_records()
    with capture_logs() as said:
        reload.follow([OWN, FOREIGN])
    assert reload.in_force == OWN
    assert reload.get("m-1") is shelf.models["m-1"]
    assert shelf.loads == ["m-1"]
    assert refused_records() == before + 1
    (told,) = said
    assert (told["event"], told["version"], told["unfit"]) == ("rollout_refused", 1, ["taxonomy household-1"])


def test_one_that_takes_everybody_out_of_the_canary_is_refused_as_well(reload: Reload) -> None:
    assert begin(reload, OWN) == OWN
    reload.follow([OWN, next_rollout(OWN, taxonomy_version="household-1", percent="0.00")])
    assert reload.in_force == OWN


def test_who_starts_behind_it_serves_what_who_ran_all_along_serves(reload: Reload, shelf: Shelf) -> None:
    assert begin(reload, OWN, FOREIGN) == OWN
    assert reload.get("m-1") is shelf.models["m-1"]


def test_who_has_none_of_its_own_begins_with_the_rules_alone_until_there_is_one(reload: Reload, shelf: Shelf) -> None:
    first = first_rollout(taxonomy_version="household-1", canary=ArmPolicy("of-household"), percent="100.00")
    served = begin(reload, first)
    assert (served.percent, served.control, served.canary) == ("0.00", ArmPolicy(), ArmPolicy())
    assert not served.shadow
    assert shelf.loads == []
    own = next_rollout(first, taxonomy_version="1.0", canary=ArmPolicy("m-2"))
    reload.follow([first, own])
    wait_for(lambda: reload.in_force == own, "reload")
    assert reload.get("m-2") is shelf.models["m-2"]


def test_nothing_follows_it_unasked() -> None:
    act = Act(kind=ActKind.PAUSE.value)
    for change in (Change(actor="a", reason="b", percent="0.00"), Change(actor="a", reason="b", act=act)):
        with pytest.raises(
            RolloutRecordError, match=r"taxonomy household-1, this command's is 1\.0: .* --new-taxonomy"
        ):
            successor(FOREIGN, change, now=NOW)


def test_a_new_rollout_begins_behind_it_with_nobody_served() -> None:
    suggest = SuggestSettings(use_model_canary="25%", enable_shadow=False)
    again = first_of_taxonomy(FOREIGN, suggest, canary_model="m-2", actor="ana", now=NOW + timedelta(days=1))
    assert chain_error(FOREIGN, again) is None
    assert (again.version, again.percent, again.shadow, again.taxonomy_version) == (2, "0.00", True, "1.0")
    assert (again.control, again.canary, again.salt) == (ArmPolicy(), ArmPolicy("m-2"), FOREIGN.salt)
    assert again.reason == "first record of taxonomy 1.0, after household-1"

"""An override says something of one category, is hashed whatever order it was written in, and is read in one line."""

import msgspec
import pytest

from schemas.events.overrides import NO_OVERRIDES, Override, hash_overrides, in_words, overrides_error
from schemas.taxonomy import Category

SURE = Override(threshold=0.9)
MUTED = Override(muted=True)


def test_the_hash_does_not_depend_on_the_order_and_nothing_has_none() -> None:
    one = {Category("Cash"): SURE, Category("Dining"): MUTED}
    other = {Category("Dining"): MUTED, Category("Cash"): SURE}
    assert hash_overrides(one) == hash_overrides(other) is not None
    assert hash_overrides(NO_OVERRIDES) is None
    assert hash_overrides({Category("Cash"): SURE}) != hash_overrides({Category("Cash"): Override(floor=0.9)})


@pytest.mark.parametrize(
    ("override", "says"),
    [
        pytest.param(Override(), "says nothing", id="empty"),
        pytest.param(Override(muted=True, threshold=0.5), "mutes it and gives it a threshold", id="both"),
        pytest.param(Override(muted=True, floor=0.5), None, id="muted with a floor"),
        pytest.param(Override(rule_floor=0.0), None, id="a rule floor of nothing says something"),
        pytest.param(SURE, None, id="a threshold"),
    ],
)
def test_what_no_command_would_write_is_named_with_its_category(override: Override, says: str | None) -> None:
    found = overrides_error({Category("Dining"): SURE, Category("Cash"): override})
    if says is None:
        assert found is None
    else:
        assert found is not None
        assert says in found
        assert Category("Cash") in found


def test_the_line_is_in_the_order_of_the_names() -> None:
    said = in_words(
        {Category("Travel"): MUTED, Category("Cash"): Override(threshold=0.5, floor=0.25, rule_floor=0.0, muted=False)}
    )
    assert said == "Cash threshold 0.5 and floor 0.25 and rule floor 0, Travel muted"
    assert in_words(NO_OVERRIDES) == ""


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_outside_of_nothing_and_all_is_refused(share: float) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"threshold": share}, Override)


def test_what_is_not_set_is_not_written() -> None:
    assert msgspec.json.encode(SURE) == b'{"threshold":0.9}'

"""Verification: every check fires on a release that was damaged for it, with the reason; a sound one passes."""

from collections.abc import Callable

import pytest

from scorer.release.manifest import THRESHOLDS
from tests.support.corrupt_releases import UNLOADABLE, UNSOUND, Files, fitted_on_gate_rows, other_class_order, with_nan
from tests.support.small_dataset import release
from trainer.release.verify import VerificationOutcome, verify


def test_a_sound_release_passes() -> None:
    version, files = release()
    finding = verify(files, name=version)
    assert (finding.outcome, finding.faults) == (VerificationOutcome.FINE, ())


@pytest.mark.parametrize(
    ("damage", "says"), [pytest.param(damage, says, id=name) for name, damage, says in (*UNLOADABLE, *UNSOUND)]
)
def test_each_check_fires_on_the_release_that_was_damaged_for_it(damage: Callable[[Files], Files], says: str) -> None:
    version, files = release()
    finding = verify(damage(dict(files)), name=version)
    assert finding.outcome is VerificationOutcome.BROKEN
    assert any(says in fault for fault in finding.faults), finding.faults


def test_every_fault_is_printed_not_only_the_first() -> None:
    version, files = release()
    damaged = other_class_order(fitted_on_gate_rows(with_nan(dict(files)))) | {THRESHOLDS: b"{}"}
    faults = verify(damaged, name=version).faults
    assert len(faults) == 4
    for says in ("class order", "gate fold", "not finite", "thresholds.json: was changed"):
        assert any(says in fault for fault in faults), faults

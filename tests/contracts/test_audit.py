"""An audit fails for a known fault, and never calls it good news that nobody could be asked."""

import pytest

from tests.repository.audit import Dependency, judge

SOUND: Dependency = {"name": "sound", "version": "1.0", "vulns": []}
FAULTY: Dependency = {"name": "faulty", "version": "2.0", "vulns": [{"id": "PYSEC-2020-1", "fix_versions": ["2.1"]}]}
UNKNOWN: Dependency = {"name": "unknown", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("dependencies", "code", "last"),
    [
        pytest.param([SOUND, SOUND], 0, "audit: 2 of 2 packages asked about, 0 faults", id="sound"),
        pytest.param([SOUND, FAULTY], 1, "audit: 2 of 2 packages asked about, 1 faults", id="a fault"),
        pytest.param([SOUND, UNKNOWN], 0, "audit: 1 of 2 packages asked about, 0 faults", id="one not known"),
        pytest.param(
            [UNKNOWN], 0, "audit: skipped, the advisory database cannot be asked from here (1 packages)", id="nobody"
        ),
    ],
)
def test_what_is_said_of_a_report(dependencies: list[Dependency], code: int, last: str) -> None:
    found, lines = judge(dependencies)
    assert (found, lines[-1]) == (code, last)


def test_a_fault_is_named_with_its_remedy() -> None:
    assert judge([FAULTY])[1][0] == "faulty 2.0: PYSEC-2020-1, mended in 2.1"

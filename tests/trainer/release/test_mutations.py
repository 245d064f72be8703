"""Releases that lie: whatever stands in a file under a hash that fits, it is refused in one line or it answers."""

import os
from collections import Counter

import pytest

from scorer.errors import ReleaseError
from scorer.release.manifest import BOOSTER, MANIFEST, REFERENCE, SERVED_FILES
from scorer.release.release import build_release
from streams.rollout.release_model import ReleaseModel, try_out
from tests.support.corrupt_releases import Files
from tests.support.mutated_releases import mutations
from tests.support.small_dataset import release
from trainer.release.verify import verify

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")  # a number that is none was let in
FILES = (MANIFEST, REFERENCE, *SERVED_FILES)
FEW = 12
MANY = int(os.environ.get("LEDGERMIND_MUTATIONS", "5000"))


def load(files: Files) -> str:
    """Return what became of a release that a worker is told to load."""
    try:
        loaded = build_release(files, name="lying")
        try_out(ReleaseModel(loaded), loaded)
    except ReleaseError as refused:
        assert "\n" not in str(refused)
        return "refused"
    return "serves"


def outcomes(file: str, *, seed: int, count: int) -> Counter[str]:
    """Return how often mutations of one file were refused, and how often what loads answers as it was written."""
    found = Counter[str]()
    for name, mutated in mutations(dict(release()[1]), file, seed=seed, count=count):
        try:
            found[load(mutated)] += 1
            if file == BOOSTER:  # workers do not read it, the commands do
                found[f"verified {verify(mutated, name='lying').outcome.name}"] += 1
        except Exception as error:
            raise AssertionError(f"{name} ended in {type(error).__name__}") from error
    return found


@pytest.mark.parametrize("file", FILES)
def test_a_release_that_lies_is_refused_or_answers_as_it_was_written(file: str) -> None:
    found = outcomes(file, seed=7, count=FEW)
    assert found["refused"] + found["serves"] == FEW
    assert found["refused"] or file == BOOSTER


@pytest.mark.soak
@pytest.mark.parametrize("file", FILES)
def test_no_mutation_of_many_ends_who_loads_it(file: str) -> None:
    found = outcomes(file, seed=16, count=MANY)
    print(file, dict(found))  # noqa: T201 - the run is watched
    assert found["refused"] + found["serves"] == MANY

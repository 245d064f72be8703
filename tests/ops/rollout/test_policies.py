"""A policy is named by its name or its file; one that is not there names those that are."""

from pathlib import Path

import pytest

from ops.rollout.policies import POLICIES, UnknownPolicyError, load_policy
from scorer.errors import PolicyError


def test_every_shipped_policy_loads_by_its_name_and_by_its_file() -> None:
    names = sorted(path.stem for path in POLICIES.glob("*.yml"))
    assert {"default", "fast", "literal"} <= set(names)
    for name in names:
        assert load_policy(name) == load_policy(str(POLICIES / f"{name}.yml"))


@pytest.mark.parametrize("name", ["defualt", "no/such.yml", "."])
def test_one_that_is_not_there_lists_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownPolicyError, match="give one of default, fast, literal, or a file") as refused:
        load_policy(name)
    assert refused.value.exit_code == 2


def test_a_file_of_other_bytes_and_one_of_other_content_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "own.yml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnknownPolicyError):
        load_policy(str(file))
    file.write_text("stages: [nonsense]\n")
    with pytest.raises(PolicyError, match=r"own\.yml"):
        load_policy(str(file))

"""One truth is kept once: what stands in two places by necessity is compared, what need not, stands in one."""

import re
import tomllib
from datetime import timedelta
from importlib.metadata import version

import msgspec
import pytest
import yaml

from ops.training.checks import STALE_AFTER
from schemas.crosswalks.country_currency import COUNTRY_OF_CURRENCY, currency_of
from schemas.events.suggestion import BUCKETS, Suggestion
from scorer.release.manifest import PASS
from scorer.serving.canary import bucket
from streams.version import WORKER_VERSION
from tests.conftest import ROOT
from trainer.evaluation.gate import GateVerdict

PACKAGES = ("schemas", "rules", "scorer", "streams", "trainer", "ops")
# What is written down once, and where: anywhere else it is a second truth.
ONCE = {
    # rules may not import scorer; theirs is the quantile of a posterior, not a confidence limit
    r"\bbetaincinv\b": ["rules/measure.py", "scorer/intervals.py"],
    r"def \w*macro_f1\(.*_Labels": ["trainer/evaluation/evaluate.py"],
    r"splitlines\(\) or \[type\(error\)": [],  # trainer.dataset.db.first_line
    r"\"0\" \* 64": ["schemas/hash_chain.py"],
    r"\bGBP\b.*\bGB\b|\bGB:GBP\b": ["schemas/crosswalks/country_currency.py"],
    r"\b10_000 *# *basis points": [],
    r"\"PASS\"": ["scorer/release/manifest.py"],
    r"VERSION: Final = \"\d+\.\d+\.\d+\"": [],
}


@pytest.mark.parametrize("pattern", ONCE)
def test_it_is_written_once(pattern: str) -> None:
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    found = [str(path.relative_to(ROOT)) for path in files if re.search(pattern, path.read_text())]
    assert found == ONCE[pattern]


def test_the_version_is_the_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    image = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["x-ledgermind"]["image"]
    assert WORKER_VERSION == version("ledgermind") == project
    assert image == f"${{LEDGERMIND_IMAGE:-ledgermind:{project}}}"


def test_a_training_calls_stale_what_freshness_calls_an_error() -> None:
    sources = yaml.safe_load((ROOT / "warehouse/models/staging/sources.yml").read_text())["sources"]
    limit = next(source for source in sources if source["name"] == "raw")["config"]["freshness"]["error_after"]
    assert timedelta(**{f"{limit['period']}s": limit["count"]}) == STALE_AFTER


def test_a_user_lies_in_one_of_the_buckets_that_the_event_allows() -> None:
    field = msgspec.json.schema(Suggestion)["$defs"]["Suggestion"]["properties"]["bucket"]
    assert field["exclusiveMaximum"] == BUCKETS
    assert {bucket(str(number), salt="s") // (BUCKETS // 10) for number in range(1_000)} == set(range(10))
    macro = (ROOT / "warehouse/models/marts/suggestions.yml").read_text()
    assert f"between: {{arguments: {{least: 0, most: {BUCKETS - 1}}}}}" in macro


def test_the_gate_passes_with_the_word_that_a_worker_asks_for() -> None:
    assert GateVerdict.PASS.value == PASS


def test_country_and_currency_are_one_table() -> None:
    assert {currency_of(country): country for country in COUNTRY_OF_CURRENCY.values()} == COUNTRY_OF_CURRENCY


def test_landing_judge_and_dbt_name_the_label_of_a_feedback_alike() -> None:
    """Three places that cannot share code: the landing's statement, a function of the database, a macro of dbt."""
    expression = r"'feedback:' \|\| length\((.+?)\) \|\| ':' \|\| (.+?) \|\| ':' \|\| (\{\{ \w+ \}\}|[^\s,]+)"
    places = {
        "streams/landing/mapping/tables.py": ("user_id", "feedback_id"),
        "warehouse/raw/070_judge.sql": ("given.user_id", "given.feedback_id"),
        "warehouse/macros/labels.sql": ("{{ user_id }}", "{{ feedback_id }}"),
    }
    for place, (user, feedback) in places.items():
        (found,) = re.findall(expression, (ROOT / place).read_text())
        assert found == (user, user, feedback), place


def test_development_installs_the_versions_that_are_locked_for_users() -> None:
    locked, development = (
        dict(re.findall(r"^([\w.-]+)==([^ ;\\]+)", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert {name: development.get(name) for name in locked} == locked, "run: make lock"

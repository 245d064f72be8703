"""A policy's own criteria: part of every promotion step, refused where they make no sense, and computed again."""

import math
from pathlib import Path

import msgspec
import pytest
import yaml

from schemas.events.rollout import CriterionValue, Evidence, Verdict
from scorer.errors import PolicyError
from scorer.rollout.definitions import CURRENT, judge_again
from scorer.rollout.judge import judge
from scorer.rollout.measured import measured
from scorer.rollout.metrics import Standing
from scorer.rollout.policy import Policy, parse_policy
from tests.scorer.rollout.test_judge import FOLDER, GOOD

SALES = {"name": "sales", "sql": "select 1", "direction": "above", "limit": 10, "timeout_seconds": 5}
BESIDE = {key: value for key, value in SALES.items() if key != "limit"} | {"baseline": "select 2", "margin": 0.5}
SAMPLED = SALES | {"minimum_sample": 200, "sample": "select 3"}


def policy(*criteria: dict[str, object], name: str = "default") -> Policy:
    text = (FOLDER / f"{name}.yml").read_text()
    return parse_policy(text + "criteria: " + msgspec.json.encode(criteria).decode(), file="mine.yml")


def seen(standing: Standing = GOOD, /, **value: float | None) -> Standing:
    return msgspec.structs.replace(standing, criteria={"sales": CriterionValue(**value)})


P, H, U = Verdict.PROMOTE, Verdict.HOLD, Verdict.INCONCLUSIVE
CASES = {
    "above its limit": (SALES, {"value": 10.5}, P, "sales 10.5 (bar > 10)"),
    "at its limit": (SALES, {"value": 10.0}, H, "sales 10 (bar > 10)"),
    "negative, and asked to be below": (SALES | {"direction": "below"}, {"value": -4.0}, P, "sales -4 (bar < 10)"),
    "above, and asked to be below": (SALES | {"direction": "below"}, {"value": 11.0}, H, "sales 11 (bar < 10)"),
    "not measured": (SALES, {}, U, "sales not measured (bar > 10)"),
    "not a number": (SALES, {"value": math.nan}, U, "sales not measured"),
    "infinite": (SALES, {"value": math.inf}, U, "sales not measured"),
    "better than the baseline by the margin": (BESIDE, {"value": 9.6, "baseline": 9.0}, P, "sales 9.6 (bar > 9.5)"),
    "better by less than the margin": (BESIDE, {"value": 9.4, "baseline": 9.0}, H, "sales 9.4 (bar > 9.5)"),
    "worse by no more than a negative margin": (
        BESIDE | {"margin": -0.5}, {"value": 8.6, "baseline": 9.0}, P, "sales 8.6 (bar > 8.5)",
    ),
    "asked to be below by the margin": (
        BESIDE | {"direction": "below"}, {"value": 8.4, "baseline": 9.0}, P, "sales 8.4 (bar < 8.5)",
    ),
    "without its baseline": (BESIDE, {"value": 9.6}, U, "bar > not measured): its baseline was not measured"),
    "of too small a sample": (SAMPLED, {"value": 11.0, "sample": 199.0}, U, "its sample is 199, 200 are needed"),
    "failing on too small a sample": (SAMPLED, {"value": 1.0, "sample": 199.0}, U, "its sample is 199"),
    "of no sample": (SAMPLED, {"value": 11.0}, U, "its sample is not measured"),
    "of a sample that is no number": (SAMPLED, {"value": 11.0, "sample": math.nan}, U, "its sample is not measured"),
    "of a sample that is enough": (SAMPLED, {"value": 11.0, "sample": 200.0}, P, "sales 11"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_promotion_asks_for_the_policy_s_own_criterion_and_is_computed_again(case: str) -> None:
    criterion, value, verdict, says = CASES[case]
    rules, (standing, _) = policy(criterion), measured(seen(GOOD, **value))
    found = judge(rules, standing)
    assert found.verdict is verdict, found.reasons
    assert any(says in reason for reason in found.reasons), found.reasons
    evidence = Evidence(
        policy="mine", window_seconds=900, observations=standing.to_numbers(), reasons=[], terms=rules.to_terms(),
        definitions=CURRENT, criteria=standing.criteria, categories=standing.categories,
    )  # fmt: skip
    kept = msgspec.json.decode(msgspec.json.encode(evidence), type=Evidence)
    assert judge_again(kept) == (found.verdict, found.percent)


@pytest.mark.parametrize("name", ["default", "literal", "fast"])
def test_it_is_asked_for_at_every_step(name: str) -> None:
    rules = policy(SALES, name=name)
    for step in rules.steps:
        names = {one.name for one in judge(rules, msgspec.structs.replace(GOOD, percent=step.start)).conditions}
        assert "sales" in names


def test_a_value_that_is_changed_in_a_record_changes_what_is_computed_again() -> None:
    rules = policy(SALES)
    evidence = Evidence(
        policy="mine", window_seconds=900, observations=GOOD.to_numbers(), reasons=[], terms=rules.to_terms(),
        definitions=CURRENT, criteria={"sales": CriterionValue(value=9.0)},
        categories={},
    )  # fmt: skip
    assert judge_again(evidence).verdict is Verdict.HOLD
    raised = msgspec.structs.replace(evidence, criteria={"sales": CriterionValue(value=11.0)})
    assert judge_again(raised).verdict is Verdict.PROMOTE


def test_evidence_of_version_2_is_computed_as_it_was_and_its_bytes_stay() -> None:
    evidence = Evidence(
        policy="default", window_seconds=900, observations=GOOD.to_numbers(), reasons=[],
        terms=msgspec.structs.replace(policy(), categories=None).to_terms(), definitions=2,
    )  # fmt: skip
    assert judge_again(evidence).verdict is Verdict.PROMOTE
    assert b"criteria" not in msgspec.json.encode(msgspec.structs.replace(evidence, terms=None))


WITHOUT = {key: value for key, value in SALES.items() if key not in ("sql", "limit")}
REFUSED = {
    "two of one name": ([SALES, SALES], "2 criteria are called sales"),
    "both languages": ([SALES | {"promql": "up"}], "criterion sales needs promql or sql, and not both"),
    "no language": ([WITHOUT | {"limit": 1}], "criterion sales needs promql or sql, and not both"),
    "limit and margin": ([BESIDE | {"limit": 1}], "criterion sales needs limit or margin, and not both"),
    "neither limit nor margin": ([WITHOUT | {"sql": "select 1"}], "criterion sales needs limit or margin"),
    "a baseline for nothing": ([SALES | {"baseline": "select 1"}], "criterion sales needs margin and baseline"),
    "a minimum of nothing": ([SALES | {"minimum_sample": 9}], "criterion sales needs minimum_sample and sample"),
    "no time": ([SALES | {"timeout_seconds": 0}], "$.criteria[0].timeout_seconds"),
    "less than no time": ([SALES | {"timeout_seconds": -1}], "$.criteria[0].timeout_seconds"),
    "a built-in name": ([SALES | {"name": "errors"}], "criterion errors has the name of a built-in criterion"),
    "a name that no metric carries": ([SALES | {"name": "my sales"}], "$.criteria[0].name"),
    "an unknown direction": ([SALES | {"direction": "up"}], "$.criteria[0].direction"),
    "an unknown field": ([SALES | {"weight": 1}], "unknown field `weight`"),
    "too many": ([SALES | {"name": f"n{number}"} for number in range(33)], "it has 33 criteria, 32 at most"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_criteria_that_make_no_sense_are_refused_in_one_line(case: str) -> None:
    criteria, says = REFUSED[case]
    with pytest.raises(PolicyError) as refused:
        policy(*criteria)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("number", [".nan", ".inf", "-.inf"])
@pytest.mark.parametrize("field", ["limit", "timeout_seconds"])
def test_a_limit_that_is_no_number_is_refused(number: str, field: str) -> None:
    text = msgspec.json.encode([SALES | {field: 77}]).decode().replace("77", number)
    with pytest.raises(PolicyError, match=rf"\$\.criteria\[0\]\.{field}"):
        parse_policy((FOLDER / "default.yml").read_text() + f"criteria: {text}")


def test_no_other_number_of_a_policy_may_be_none_either() -> None:
    text = (FOLDER / "default.yml").read_text().replace("mart_age_seconds: 93600", "mart_age_seconds: .inf")
    with pytest.raises(PolicyError, match=r"\$\.mart_age_seconds is inf: a number is needed"):
        parse_policy(text)


def test_the_page_s_own_example_is_a_policy_s() -> None:
    page = (Path(__file__).parents[3] / "docs" / "ML_CANARY_DEPLOYMENT.md").read_text()
    example = page[page.index("```yaml\ncriteria:") :].removeprefix("```yaml\n").partition("```")[0]
    names = [one["name"] for one in yaml.safe_load(example)["criteria"]]
    rules = parse_policy((FOLDER / "default.yml").read_text() + example)
    assert [one.name for one in rules.criteria] == names

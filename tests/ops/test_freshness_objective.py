"""The freshness objective that the page states, put to Prometheus' own evaluation over four weeks of samples."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

HOURS = 28 * 24
CASES = """
rule_files: [rules.yml]
evaluation_interval: 1d
tests:
  - interval: 1h
    input_series:
      - {{series: 'dbt_source_freshness_state{{table="kept",state="fresh"}}', values: '{kept}'}}
      - {{series: 'dbt_source_freshness_state{{table="missed",state="fresh"}}', values: '{missed}'}}
    promql_expr_test:
      - expr: count by (table) (broken)
        eval_time: 28d
        exp_samples:
          - {{labels: '{{table="missed"}}', value: 1}}
"""


def hours(stale: int) -> str:
    """Return a value for each hour of four weeks, the last ones stale."""
    return f"1x{HOURS - stale} 0x{stale - 1}"


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not on the PATH")
def test_a_source_that_was_stale_more_than_one_hour_in_twenty_breaks_the_objective(tmp_path: Path) -> None:
    (expression,) = re.findall(r"```promql\n(.+)\n```", (ROOT / "docs" / "DATA_QUALITY.md").read_text())
    (tmp_path / "rules.yml").write_text(
        f"groups: [{{name: objective, rules: [{{record: broken, expr: '{expression}'}}]}}]\n"
    )
    cases = CASES.format(kept=hours(int(0.04 * HOURS)), missed=hours(int(0.06 * HOURS)))
    (tmp_path / "cases.yml").write_text(cases)
    done = subprocess.run(
        ["promtool", "test", "rules", "cases.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr

"""Rate rules: the recording rules of Prometheus, written from the table of rates.

``python -m ops.rate_rules`` writes ops/prometheus/rules/rates.yml anew; a test refuses a file that differs.
"""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from scorer.rates import RATES, SERIES, Definition

FILE: Final = Path(__file__).parent / "prometheus" / "rules" / "rates.yml"
WINDOW: Final = "15m"
_ARMS: Final = {"each": "by `arm`", "canary": "canary", "control": "control", "none": "of all records"}
_HEAD: Final = """\
# Written by python -m ops.rate_rules from scorer/rates.py: change the table there, not this file.
# Where nothing was asked there is no sample: an empty denominator is filtered out, never raised to one, which would
# make every ratio nearly zero below one event a second.
groups:
  - name: rates
    rules:
"""


def render() -> str:
    """Return the rule file."""
    return _HEAD + "".join(_rule(one) for one in RATES if one.recorded)


def record_name(rate: Definition) -> str:
    """Return the name of the series in which Prometheus keeps a rate."""
    return f"lm:{rate.name}:ratio{WINDOW}"


def table() -> str:
    """Return the rows of the table in docs/METRICS.md, one line a rate."""
    return "".join(
        f"| {f'`{record_name(one)}`' if one.recorded else f'{one.name} (warehouse)'} | {one.part_means}"
        f" | {one.whole_means} | {_ARMS[one.arm]} | {', '.join(one.windows) or '-'} |\n"
        for one in RATES
    )


def _rule(rate: Definition) -> str:
    part, whole = _sum(rate, rate.part), _sum(rate, rate.whole)
    return f"""\
      - record: {record_name(rate)}
        expr: |
          {part}
          / ({whole} > 0)
"""


def _sum(rate: Definition, names: Sequence[str]) -> str:
    """Return the sum over a rate's counts; increase first, then sum, so that each process's resets are its own."""
    by = " by (arm) " if rate.arm == "each" else ""
    series = [SERIES[name] for name in names]
    terms = []
    for (metric, label), group in groupby(series, key=lambda one: (one.metric, one.label)):
        values = [one.value for one in group]
        matchers = [f'arm="{rate.arm}"'] if rate.arm in ("canary", "control") else []
        if label:
            matchers.append(f'{label}="{values[0]}"' if len(values) == 1 else f'{label}=~"{"|".join(values)}"')
        terms.append(f"sum{by}(increase({metric}{'{' + ', '.join(matchers) + '}' if matchers else ''}[{WINDOW}]))")
    return " + ".join(terms)


if __name__ == "__main__":
    FILE.write_text(render(), encoding="utf-8")

"""Rate rules: the recording rules of Prometheus, written from the table of rates.

``python -m ops.monitoring.rate_rules`` writes ops/deploy/prometheus/rules/rates.yml anew; a test refuses a file that
differs.
"""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Final, Literal

from scorer.rollout.rates import FALLBACK, RATES, SERIES, Definition

FILE: Final = Path(__file__).parents[1] / "deploy" / "prometheus" / "rules" / "rates.yml"
WINDOW: Final = "15m"
Z: Final = 1.96  # 95 % of a normal distribution lies within
Kept = Literal["ratio", "samples", "low", "high"]
_ARMS: Final = {"each": "by `arm`", "canary": "canary", "control": "control", "none": "of all records"}
_HEAD: Final = """\
# Written by python -m ops.monitoring.rate_rules from scorer/rollout/rates.py: change the table there, not this file.
# Where nothing was asked there is no sample: an empty denominator is filtered out, never raised to one, which would
# make every ratio nearly zero below one event a second.
groups:
  - name: rates
    rules:
"""


EXCESS: Final = (
    f"lm:excess_fallback:ratio{WINDOW}"  # scorer.rollout.compute_rates.excess_fallback, as Prometheus computes it
)


def render() -> str:
    """Return the rule file."""
    return _HEAD + "".join(_rule(one) for one in RATES if one.recorded) + _excess()


def record_name(rate: Definition, what: Kept = "ratio") -> str:
    """Return the name of the series in which Prometheus keeps a rate, its samples, or an end of its interval."""
    return f"lm:{rate.name}:{what}{WINDOW}"


def table() -> str:
    """Return the rows of the table in docs/METRICS.md, one line a rate."""
    return "".join(
        f"| {f'`{record_name(one)}`' if one.recorded else f'{one.name} (warehouse)'} | {one.part_means}"
        f" | {one.whole_means} | {_ARMS[one.arm]} | {', '.join(one.windows) or '-'} |\n"
        for one in RATES
    )


def _rule(rate: Definition) -> str:
    """Return the rate, how many samples it rests on, and Wilson's interval of it, as if each were independent."""
    part, whole = _sum(rate, rate.part), _sum(rate, rate.whole)
    p, n = record_name(rate), record_name(rate, "samples")
    middle = f"{p} + {Z**2 / 2:.4f} / {n}"
    half = f"{Z:.2f} * sqrt({p} * (1 - {p}) / {n} + {Z**2 / 4:.4f} / {n} ^ 2)"
    return f"""\
      - record: {p}
        expr: |
          {part}
          / ({whole} > 0)
      - record: {n}
        expr: {whole} > 0
      - record: {record_name(rate, "low")}
        expr: ({middle} - {half}) / (1 + {Z**2:.4f} / {n})
      - record: {record_name(rate, "high")}
        expr: ({middle} + {half}) / (1 + {Z**2:.4f} / {n})
"""


def _excess() -> str:
    """Return the rule of the excess fallback: unsure answers beyond the release's own share, plus every error.

    The share is what a worker says of the release it has loaded; a release that is not there is expected to fall back
    never, as the judge counts it.
    """
    unsure, whole = _sum(FALLBACK, ["low_confidence"]), _sum(FALLBACK, FALLBACK.whole)
    expected = 'on () (max(lm_ml_expected_fallback{role="challenger"}) or vector(0))'
    return f"""\
      - record: lm:unsure:ratio{WINDOW}
        expr: |
          {unsure}
          / ({whole} > 0)
      - record: {EXCESS}
        expr: |
          (
            (lm:unsure:ratio{WINDOW} - {expected} > 0)
            or lm:unsure:ratio{WINDOW} * 0
          )
          + on () sum(lm:errors:ratio{WINDOW}{{arm="canary"}})
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

"""Prometheus: what all workers counted over a window, asked of its HTTP API; as looking at each of them gives it."""

import urllib.parse
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec
from msgspec import Struct

from ops.errors import OpsError
from ops.rollout.patience import Patience
from ops.rollout.sources.metrics_client import Scrape, fetch

TIMEOUT_SECONDS: Final = 10.0
TRANSACTIONS: Final = "lm_stream_transactions_total"  # a worker that is scraped always shows it
# Everything that a judgement is made of, and by which labels it is told apart.
COUNTED: Final = {
    TRANSACTIONS: "",
    "lm_stream_dead_letters_total": "reason",
    "lm_ml_acceptance_total": "arm, acceptance",
    "lm_suggest_compare_total": "outcome",
    "lm_ml_predict_latency_seconds_bucket": "role, le",
}
FRESHNESS: Final = "dbt_source_freshness_state"


class _Series(Struct, frozen=True):
    metric: dict[str, str]
    value: tuple[float, str]


class _Value(Struct, frozen=True):
    """An answer of any kind; a scalar's ``result`` is one sample, a vector's a list of series."""

    resultType: str  # noqa: N815 - Prometheus' own name
    result: msgspec.Raw


class _ValueAnswer(Struct, frozen=True):
    data: _Value


class _Data(Struct, frozen=True):
    result: list[_Series]


class _Answer(Struct, frozen=True):
    status: str
    data: _Data


def added_over(
    url: str,
    *,
    seconds: float,
    patience: Patience,
    at: float | None = None,
    counted: Mapping[str, str] = MappingProxyType(COUNTED),
) -> Scrape:
    """Return what the counters of all workers added in the ``seconds`` before ``at`` (epoch seconds; None: now).

    ``counted`` gives each counter and the labels that it is told apart by.

    Restarts are taken into account.
    Prometheus extrapolates to the ends of a window, so a count need not be whole.
    Raises OpsError where nobody answers, or no worker was scraped.
    """
    samples: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
    for name, labels in counted.items():
        query = f"sum by ({labels}) (increase({name}[{max(1, round(seconds))}s]))"
        for series in _ask(url, query, at, patience):
            samples[name, tuple(sorted(series.metric.items()))] = float(series.value[1])
    if (TRANSACTIONS, ()) not in samples:
        raise OpsError(f"Prometheus at {url} knows no worker over {seconds:.0f} s: is it scraping, and for so long?")
    return Scrape(samples)


def freshness_states(url: str, *, patience: Patience, at: float | None = None) -> Scrape:
    """Return the states that the warehouse's exporter shows now; raises OpsError where nobody answers."""
    return Scrape(
        {
            (FRESHNESS, tuple(sorted((label, series.metric.get(label, "")) for label in ("table", "state")))): float(
                series.value[1]
            )
            for series in _ask(url, FRESHNESS, at, patience)
        }
    )


def number_at(url: str, query: str, *, seconds: float, patience: Patience) -> float:
    """Return the one number that a query gives now; raises OpsError where it gives none, or more than one."""
    address = f"{url.rstrip('/')}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    left = patience.left(f"Prometheus at {url}", most=seconds)
    try:
        found = msgspec.json.decode(fetch(address, seconds=left), type=_ValueAnswer).data
        if found.resultType == "scalar":
            return float(msgspec.json.decode(found.result, type=tuple[float, str])[1])
        series = msgspec.json.decode(found.result, type=list[_Series])
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise OpsError(f"Prometheus at {url} does not answer the query: {error}") from error
    if len(series) != 1:
        raise OpsError(f"the query gives {len(series)} series at {url}, one is needed")
    return float(series[0].value[1])


def _ask(url: str, query: str, at: float | None, patience: Patience) -> list[_Series]:
    asked = {"query": query} if at is None else {"query": query, "time": f"{at:.3f}"}
    address = f"{url.rstrip('/')}/api/v1/query?{urllib.parse.urlencode(asked)}"
    seconds = patience.left(f"Prometheus at {url}", most=TIMEOUT_SECONDS)
    try:
        return msgspec.json.decode(fetch(address, seconds=seconds), type=_Answer).data.result
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise OpsError(f"Prometheus does not answer at {url}: {error}; look at --prometheus") from error

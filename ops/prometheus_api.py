"""Prometheus: what all workers counted over a window, asked of its HTTP API; as looking at each of them gives it."""

import urllib.parse
import urllib.request
from typing import Final

import msgspec
from msgspec import Struct

from ops.demo.scrape import Scrape
from ops.errors import OpsError

TIMEOUT_SECONDS: Final = 10.0
# Everything that a judgement is made of, and by which labels it is told apart.
COUNTED: Final = {
    "lm_stream_transactions_total": "",
    "lm_stream_dead_letters_total": "reason",
    "lm_ml_acceptance_total": "arm, acceptance",
    "lm_suggest_compare_total": "outcome",
    "lm_ml_predict_latency_seconds_bucket": "le",
}


class _Series(Struct, frozen=True):
    metric: dict[str, str]
    value: tuple[float, str]


class _Data(Struct, frozen=True):
    result: list[_Series]


class _Answer(Struct, frozen=True):
    status: str
    data: _Data


def added_over(url: str, *, seconds: float) -> Scrape:
    """Return what the counters of all workers added in the last ``seconds``, restarts taken into account.

    Prometheus extrapolates to the ends of a window, so a count need not be whole. Raises OpsError where nobody answers,
    or nothing was scraped.
    """
    samples: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
    for name, labels in COUNTED.items():
        query = f"sum by ({labels}) (increase({name}[{max(1, round(seconds))}s]))"
        for series in _ask(url, query):
            samples[name, tuple(sorted(series.metric.items()))] = float(series.value[1])
    if not samples:
        raise OpsError(f"Prometheus at {url} knows no worker over {seconds:.0f} s: is it scraping, and for so long?")
    return Scrape(samples)


def _ask(url: str, query: str) -> list[_Series]:
    address = f"{url.rstrip('/')}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - the operator's own
            return msgspec.json.decode(answer.read(), type=_Answer).data.result
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise OpsError(f"Prometheus does not answer at {url}: {error}; look at --prometheus") from error

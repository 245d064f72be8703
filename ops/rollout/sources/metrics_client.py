"""Metrics client: a program's /metrics as numbers, and what changed between two looks."""

import time
import urllib.request
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from scorer.rollout.histogram_quantile import quantile

TIMEOUT_SECONDS: Final = 2.0
CHUNK_BYTES: Final = 1 << 16
Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Scrape:
    """Every sample of one look, by name and labels."""

    samples: Mapping[tuple[str, Labels], float]

    def total(self, name: str, **labels: str) -> float:
        """Return the sum over all samples of a name whose labels include the given ones."""
        wanted = set(labels.items())
        return sum(value for (found, has), value in self.samples.items() if found == name and wanted <= set(has))

    def quantile(self, name: str, share: float) -> float | None:
        """Return a histogram's quantile over all of its labels, as PromQL does; None without observations."""
        counts: defaultdict[float, float] = defaultdict(float)
        for (found, has), value in self.samples.items():
            if found == f"{name}_bucket":
                counts[float(dict(has)["le"])] += value
        return quantile(sorted(counts.items()), share)

    def since(self, earlier: "Scrape") -> "Scrape":
        """Return what was added since an earlier look."""
        return Scrape({key: value - earlier.samples.get(key, 0.0) for key, value in self.samples.items()})


def fetch(url: str, *, seconds: float) -> bytes:
    """Return what an address answers, without a scheme by HTTP; raises OSError where it is not whole in that time."""
    url = url if "://" in url else f"http://{url}"
    until, parts = time.monotonic() + seconds, list[bytes]()
    with urllib.request.urlopen(url, timeout=seconds) as answer:  # noqa: S310 - the operator's own address
        while part := answer.read1(CHUNK_BYTES):
            parts.append(part)
            if time.monotonic() > until:
                raise TimeoutError(f"no whole answer within {seconds:.0f} s")
    return b"".join(parts)


def scrape(url: str, *, seconds: float = TIMEOUT_SECONDS) -> Scrape:
    """Look once; raises OSError where nobody answers."""
    text = fetch(url, seconds=seconds).decode()
    families = text_string_to_metric_families(text)
    return Scrape(
        {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in families
            for sample in family.samples
        }
    )

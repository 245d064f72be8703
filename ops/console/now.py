"""Now: the sections of the first page, from the newest answers of every source."""

from collections.abc import Mapping
from typing import Final

from ops.console.live import ALERTS, EVALUATION, FRESHNESS, KAFKA, Live, Seen
from ops.console.render import Renderer
from ops.console.settings import ConsoleSettings
from ops.console.words import stage
from schemas.events.overrides import in_words

POSTGRES_WORDS: Final = ("Postgres", "warehouse", "not measured: ")  # of a fault that Postgres is the reason of
SECTIONS: Final = ("rollout", "verdict", "traffic", "breakdown", "workers", "freshness", "alerts", "sources")


class NowPage:
    """Renders the sections; once for all readers of a version."""

    def __init__(self, settings: ConsoleSettings, live: Live, renderer: Renderer) -> None:
        self._settings = settings
        self._live = live
        self._renderer = renderer
        self._rendered: tuple[int, dict[str, str]] = (-1, {})

    def sections(self) -> dict[str, str]:
        """Return the HTML of each section by its name."""
        version, rendered = self._rendered
        if version != self._live.version:
            values = self._values()
            rendered = {name: self._renderer.part(f"now/{name}", values) for name in SECTIONS}
            self._rendered = self._live.version, rendered
        return rendered

    def summary(self) -> str:
        """Return the rollout in one sentence, for those who hear the page."""
        record = self._live.feed.latest
        return "" if record is None else f"Record {record.version}. {stage(record)}"

    def _values(self) -> dict[str, object]:
        live, seen = self._live, self._live.seen
        record = live.feed.latest
        evaluation = seen[EVALUATION]
        return {
            "record": record,
            "overrides": "" if record is None else in_words(record.overrides),
            "kafka": seen[KAFKA],
            "evaluation": evaluation,
            "traffic": live.traffic(),
            "rates": list(live.rates),
            "freshness": seen[FRESHNESS],
            "alerts": seen[ALERTS],
            "has_prometheus": self._settings.prometheus is not None,
            "has_exporter": self._settings.freshness is not None or self._settings.prometheus is not None,
            "has_counters": bool(live.urls),
            "sources": self._sources(seen),
        }

    def _sources(self, seen: Mapping[str, Seen]) -> list[tuple[str, Seen]]:
        """Return every source that was named, with its newest state."""
        settings = self._settings
        named = [(f"Kafka at {settings.kafka.bootstrap_servers}", seen[KAFKA])]
        if settings.workers:
            named += [(f"Worker {url}", seen[url]) for url in self._live.urls]
        elif settings.prometheus is not None:
            named += [(f"Prometheus {settings.prometheus}", seen[self._live.urls[0]])]
        if settings.prometheus is not None:
            named += [(f"Alerts of {settings.prometheus}", seen[ALERTS])]
        if settings.freshness is not None or settings.prometheus is not None:
            named += [(f"Freshness from {settings.freshness or settings.prometheus}", seen[FRESHNESS])]
        if settings.dsn is not None and seen[EVALUATION].value is not None:
            named += [("Postgres (in the evaluation)", _of_postgres(seen[EVALUATION]))]
        return named


def _of_postgres(evaluation: Seen) -> Seen:
    """Return the state of Postgres, which only the evaluation asks."""
    why = [fault for fault in evaluation.value.faults if any(word in fault for word in POSTGRES_WORDS)]
    return Seen(None, evaluation.at, why[0] if why else None, is_asked=True)

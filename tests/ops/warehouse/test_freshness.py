"""The state of each source, as dbt's artefact tells it."""

import json
from pathlib import Path

import pytest

from ops.warehouse.freshness import StaleSourceError, read_freshness, require_fresh, require_trainable
from ops.warehouse.watched_sources import WATCHED, FreshnessState

NOW = "2026-11-23T00:00:00+00:00"


def artefact(path: Path, **results: tuple[str, str | None]) -> Path:
    """Write a sources.json that passes but for ``results``: table to status and latest row."""
    rows = []
    for name in WATCHED:
        status, latest = results.get(name.partition(".")[2], ("pass", NOW))
        row: dict[str, object] = {"unique_id": f"source.ledgermind.{name}", "status": status}
        if latest is not None:
            row |= {"max_loaded_at": latest, "max_loaded_at_time_ago_in_s": 1.0}
        rows.append(row)
    file = path / "sources.json"
    file.write_text(json.dumps({"metadata": {"generated_at": NOW, "invocation_id": "x"}, "results": rows}))
    return file


@pytest.mark.parametrize(
    ("status", "latest", "state", "mend"),
    [
        pytest.param("pass", NOW, FreshnessState.FRESH, None, id="fresh"),
        pytest.param("warn", NOW, FreshnessState.WARN, None, id="three days old"),
        pytest.param("error", NOW, FreshnessState.ERROR, "ledgermind features", id="six days old"),
        pytest.param(
            "error", "0001-01-01T00:00:00+00:00", FreshnessState.UNMEASURED, "ledgermind features", id="no row"
        ),
        pytest.param(
            "runtime error", None, FreshnessState.UNMEASURED, "ledgermind warehouse freshness", id="the query failed"
        ),
    ],
)
def test_a_source_has_the_state(
    tmp_path: Path, status: str, latest: str | None, state: FreshnessState, mend: str | None
) -> None:
    states = read_freshness(artefact(tmp_path, ml_features=(status, latest)))
    found = {source.source: source.state for source in states}
    assert found["raw.ml_features"] is state
    assert {found[name] for name in WATCHED if name != "raw.ml_features"} == {FreshnessState.FRESH}
    if mend is None:
        require_fresh(states)
        return
    with pytest.raises(StaleSourceError, match=rf"raw\.ml_features is {state}: run `{mend}`") as raised:
        require_fresh(states)
    assert [source.source for source in raised.value.sources] == ["raw.ml_features"]


@pytest.mark.parametrize("output", ["suggestion_events", "suggestion_compare"])
def test_outputs_that_ended_fail_the_look_and_block_no_training(tmp_path: Path, output: str) -> None:
    states = read_freshness(artefact(tmp_path, **{output: ("error", NOW)}))
    require_trainable(states)
    with pytest.raises(StaleSourceError, match=rf"raw\.{output} is error: run `ledgermind worker`"):
        require_fresh(states)


def test_outputs_that_never_began_are_unmeasured_and_fail_nothing(tmp_path: Path) -> None:
    """As in a warehouse of imports, where nobody streams."""
    empty = ("error", "0001-01-01T00:00:00+00:00")
    states = read_freshness(artefact(tmp_path, suggestion_events=empty, suggestion_compare=empty))
    unmeasured = {source.source for source in states if source.state is FreshnessState.UNMEASURED}
    assert unmeasured == {"raw.suggestion_events", "raw.suggestion_compare"}
    require_fresh(states)
    require_trainable(states)


@pytest.mark.parametrize("content", [None, "", "{", '{"results": []}', "[]"])
def test_an_artefact_that_is_missing_or_broken_measures_nothing(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "sources.json"
    if content is not None:
        file.write_text(content)
    assert {source.state for source in read_freshness(file)} == {FreshnessState.UNMEASURED}

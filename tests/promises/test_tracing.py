"""What docs/OBSERVABILITY.md promises of one transaction: it can be followed from topic to log, warehouse and mart.

Its producer's own trace goes on in whatever is written for it.
"""

import json
from typing import Any

import pytest

from ops.patience import scale
from tests.promises.events import payment
from tests.promises.stack import Stack
from tests.promises.topic import Address


def lines(log: str, event: str) -> list[dict[str, Any]]:
    """Return the log's lines of one event."""
    found = (json.loads(line) for line in log.splitlines() if line.startswith("{"))
    return [line for line in found if line["event"] == event]


@pytest.mark.slow
@pytest.mark.timeout(600 * scale())
@pytest.mark.promise(
    "Every record has one name from beginning to end: its `event_id` is `<topic id>-<partition>-<offset>`, the address "
    "of the input record.",
    "docs/OBSERVABILITY.md",
)
def test_a_transaction_is_followed_by_its_event_id_through_topics_log_raw_tables_and_marts(stack: Stack) -> None:
    with stack.worker(LEDGERMIND_LOG_LEVEL="debug") as worker, stack.landing():
        good, bad = stack.score([payment(1, txn_id="followed"), payment(2, txn_id="lost", currency="pounds")])
        names = ("transactions", "suggestions", "suggestion-compare", "transactions-dlq")
        stack.wait_until_landed(*names)
        log = worker.log.read_text()

    (suggestion,) = [one.json for one in stack.read("suggestions") if one.json["txn_id"] == "followed"]
    name = suggestion["event_id"]
    _, partition, offset = name.rsplit("-", 2)
    assert (int(partition), int(offset)) == good
    (comparison,) = [one.json for one in stack.read("suggestion-compare") if one.json["event_id"] == name]
    assert comparison["txn_id"] == "followed"
    (letter,) = stack.read("transactions-dlq")
    assert (letter.headers["dlq.partition"], letter.headers["dlq.offset"]) == tuple(map(str, bad))

    (batch,) = [
        line["batch"]
        for line in lines(log, "batch_polled")
        if line["start"][partition] <= int(offset) < line["end"][partition]
    ]
    assert [line["batch"] for line in lines(log, "batch_scored")].count(batch) == 1
    assert [line["result"] for line in lines(log, "batch_finished") if line["batch"] == batch] == ["committed"]
    assert "TESCO" not in log

    stack.succeed("warehouse", "build")
    for table in ("raw.suggestion_events", "marts.fct_suggestion_compare"):
        assert stack.sql(f"select txn_id from {table} where event_id = %s", name) == [("followed",)], table
    source = "select txn_id from raw.transactions where source_partition = %s and source_offset = %s"
    assert stack.sql(source, int(partition), int(offset)) == [("followed",)]
    rollout = "select count(*) from marts.mart_rollout_history where %s between version and last_version"
    assert stack.sql(rollout, suggestion["rollout_version"]) == [(1,)]


TRACE = {
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "tracestate": "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7",
}


@pytest.mark.slow
@pytest.mark.promise(
    "The headers `traceparent` and `tracestate` of a transaction record are copied to its suggestion, its comparison "
    "or its dead letter.",
    "docs/OBSERVABILITY.md",
)
def test_the_trace_of_a_record_goes_on_in_everything_that_is_written_for_it(stack: Stack) -> None:
    def traces(name: str, addresses: list[Address]) -> list[dict[str, str]]:
        found = [one for one in stack.read(name) if one.input_address in addresses]
        return [{key: one.headers[key] for key in ("traceparent", "tracestate") if key in one.headers} for one in found]

    good, bad = payment(1, txn_id="traced"), payment(2, txn_id="traced", currency="pounds")
    with stack.worker():
        traced = stack.score([good, bad], headers=TRACE | {"other": "of the producer"})
        untraced = stack.score([good, bad])
        garbled = stack.score([good, bad], headers=TRACE | {"traceparent": "00-" + "0" * 32 + "-00f067aa0ba902b7-01"})
        stack.succeed("dlq", "requeue", "--reason", "invalid_value")
        stack.wait_until_scored()

    for name in ("suggestions", "suggestion-compare", "transactions-dlq"):
        assert traces(name, traced) == [TRACE], name
        assert traces(name, untraced + garbled) == [{}, {}], name
    again = [one for one in stack.read("transactions-dlq") if "dlq.first_offset" in one.headers]
    kept = [one.headers.get("traceparent") for one in again if one.headers["dlq.first_offset"] == str(traced[1][1])]
    assert TRACE["traceparent"] in kept
    assert all("other" not in one.headers for one in stack.read("suggestions"))

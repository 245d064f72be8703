"""The histogram for batches shows, on any observations, exactly what Prometheus' own client shows."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from streams.histogram import BatchHistogram

BUCKETS = (0.001, 0.5, 1.0, 60.0)
NUMBERS = st.floats(-1e6, 1e6) | st.sampled_from(BUCKETS)


def pair() -> tuple[BatchHistogram, Histogram, CollectorRegistry, CollectorRegistry]:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    batch = BatchHistogram("lm_test_seconds", "A test.", buckets=BUCKETS, registry=ours)
    return batch, Histogram("lm_test_seconds", "A test.", buckets=BUCKETS, registry=theirs), ours, theirs


def shown(registry: CollectorRegistry) -> list[tuple[str, dict[str, str], float]]:
    samples = [sample for family in registry.collect() for sample in family.samples]
    return [(s.name, s.labels, s.value) for s in samples if not s.name.endswith(("_created", "_sum"))]


def total(registry: CollectorRegistry) -> float:
    value = registry.get_sample_value("lm_test_seconds_sum")
    assert value is not None
    return value


@given(st.lists(st.lists(NUMBERS, max_size=30), max_size=5))
def test_batches_are_counted_as_if_each_value_were_observed_alone(batches: list[list[float]]) -> None:
    ours, theirs, our_registry, their_registry = pair()
    for batch in batches:
        ours.observe_all(batch)
        for value in batch:
            theirs.observe(value)
    assert shown(our_registry) == shown(their_registry)
    assert total(our_registry) == pytest.approx(sum(map(sum, batches)), rel=1e-9, abs=1e-3)


@given(NUMBERS, st.integers(0, 50))
def test_a_value_observed_many_times_counts_as_often(value: float, times: int) -> None:
    ours, theirs, our_registry, their_registry = pair()
    ours.observe(value, times=times)
    for _ in range(times):
        theirs.observe(value)
    assert shown(our_registry) == shown(their_registry)
    assert total(our_registry) == pytest.approx(value * times, rel=1e-9)


def test_the_exposition_is_the_same_text() -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    buckets = (0.0025, 0.5, 600.0)
    BatchHistogram("lm_test_seconds", "A test.", buckets=buckets, registry=ours).observe_all([0.25, 0.5, 7_000.0])
    plain = Histogram("lm_test_seconds", "A test.", buckets=buckets, registry=theirs)
    for value in (0.25, 0.5, 7_000.0):
        plain.observe(value)
    expected = [line for line in generate_latest(theirs).decode().splitlines() if "_created" not in line]
    assert generate_latest(ours).decode().splitlines() == expected


def test_two_threads_lose_no_observation() -> None:
    batch, _, registry, _ = pair()

    def observe_often() -> None:
        for _ in range(5_000):
            batch.observe(0.5)

    threads = [threading.Thread(target=observe_often) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert registry.get_sample_value("lm_test_seconds_count") == 10_000


def test_every_value_of_a_label_has_a_histogram_of_its_own_at_zero_from_the_start() -> None:
    registry = CollectorRegistry()
    ours = BatchHistogram("lm_test_seconds", "x", buckets=(1.0, 2.0), label=("role", ("a", "b")), registry=registry)
    ours.observe(1.5, times=3, of="a")
    ours.observe_all([0.5, 9.0], of="a")

    def bucket(role: str, bound: str) -> float | None:
        return registry.get_sample_value("lm_test_seconds_bucket", {"role": role, "le": bound})

    assert [bucket("a", bound) for bound in ("1.0", "2.0", "+Inf")] == [1, 4, 5]
    assert [bucket("b", bound) for bound in ("1.0", "2.0", "+Inf")] == [0, 0, 0]
    assert registry.get_sample_value("lm_test_seconds_sum", {"role": "a"}) == 14.0

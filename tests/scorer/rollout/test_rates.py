"""The definitions of rates: each is a part of its whole, of counts that somebody keeps."""

from scorer.rollout.rates import RATES, SERIES


def test_a_rate_is_the_sum_of_its_part_over_the_sum_of_its_whole_and_every_count_is_exported_or_of_the_warehouse() -> (
    None
):
    counts = {name: float(number) for number, name in enumerate([*SERIES, "complaints"], start=1)} | {"served": 100.0}
    for rate in RATES:
        assert rate.of(counts) == sum(counts[name] for name in rate.part) / sum(counts[name] for name in rate.whole)
        assert rate.of(dict.fromkeys(counts, 0.0)) is None
        assert rate.recorded == (set(rate.part) | set(rate.whole) <= set(SERIES))
    assert len({rate.name for rate in RATES}) == len(RATES)

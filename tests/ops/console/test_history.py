from datetime import UTC, datetime

from msgspec.structs import replace

from ops.console.history import MOST_SHOWN, page_of
from schemas.events.rollout import ArmPolicy, RolloutRecord, ThresholdsSource, Verdict, with_hash

AT = datetime(2026, 5, 1, tzinfo=UTC)


def record(version: int, percent: str = "10.00", verdict: Verdict | None = None) -> RolloutRecord:
    return with_hash(
        RolloutRecord(
            version=version,
            percent=percent,
            shadow=True,
            shadow_percent="100.00",
            control=ArmPolicy(),
            canary=ArmPolicy("202601010000-a"),
            salt="salt",
            thresholds_source=ThresholdsSource.RELEASE,
            actor="somebody",
            reason="a test",
            decided_at=AT,
            verdict=verdict,
            evidence=None,
            prev_hash="0" * 64,
            hash="",
        )
    )


def test_the_newest_record_comes_first_and_says_what_it_moved() -> None:
    page = page_of([record(0, "0.00"), record(1), record(2)], findings=())
    assert [(entry.record.version, entry.moved) for entry in page.entries] == [(2, False), (1, True), (0, True)]


def test_a_verdict_that_its_evidence_does_not_give_is_named_at_its_record() -> None:
    page = page_of([record(0), record(1, verdict=Verdict.PROMOTE)], findings=("offset 7: forged",))
    assert [entry.fault for entry in page.entries] == ["version 1 says PROMOTE without evidence", None]
    assert page.findings == ("offset 7: forged", "version 1 says PROMOTE without evidence")


def test_what_nobody_could_verify_is_not_called_verified() -> None:
    page = page_of([record(0, verdict=Verdict.HOLD)], findings=None)
    assert (page.findings, page.entries[0].fault) == (None, None)


def test_a_long_history_is_cut_and_counted() -> None:
    records = [replace(record(0), version=number) for number in range(MOST_SHOWN + 5)]
    page = page_of(records, findings=())
    assert (len(page.entries), page.records) == (MOST_SHOWN, MOST_SHOWN + 5)

from datetime import UTC, datetime, timedelta

from ops.labels.unlabelled import arrange

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def row(
    description: str,
    user: str,
    *,
    minutes: int = 0,
    source: str = "rules",
    control: str | None = "Dining",
    canary: str | None = "Dining",
    labelled: bool = False,
) -> tuple[object, ...]:
    moment = NOON - timedelta(minutes=minutes)
    return (description, user, "a", f"{user}-{minutes}", moment, "-4.20", "GBP", source, control, canary, labelled)


def test_merchants_are_counted_by_their_key_with_the_newest_transaction() -> None:
    window = arrange(
        [
            row("CAFE LUNA 0042", "ann", source="none", control=None, canary=None),
            row("SQ *CAFE LUNA 0043", "bea", minutes=1, canary="Travel"),
            row("CAFE LUNA 0044", "bea", minutes=2, canary=None),
        ]
    )
    assert (window.transactions, window.answered) == (3, 2)
    (luna,) = window.merchants
    assert (luna.key, luna.transactions, luna.silent, luna.differ, luna.users) == ("cafe luna", 3, 1, 2, 2)
    assert (luna.newest.user_id, luna.newest.txn_id, luna.newest.compared_at) == ("ann", "ann-0", NOON)


def test_one_label_is_enough_and_a_line_without_a_name_is_nobody_s() -> None:
    window = arrange(
        [
            row("CAFE LUNA 0042", "ann"),
            row("CAFE LUNA 0043", "bea", minutes=1, labelled=True),
            row("00412 / 7781", "cleo", minutes=2, source="none"),
        ]
    )
    assert window.merchants == []
    assert (window.transactions, window.answered) == (3, 2)

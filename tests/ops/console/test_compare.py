from datetime import UTC, datetime

from ops.console.compare import MOST_SHOWN, SILENT, STEPS, arrange, by_merchant, latest_of


def test_disagreements_are_counted_by_merchant_and_no_line_is_kept() -> None:
    lines = [f"TESCO STORES {number} REF 99{number}" for number in range(3)]
    rows = [("Groceries", "Travel", "tesco", line) for line in lines] + [("Dining", "Travel", "cafe", "CAFE LUNA 4")]
    first, second = by_merchant(rows)
    assert (first.merchant, first.rules, first.model, first.count) == ("tesco", "Groceries", "Travel", 3)
    assert second.count == 1


def test_the_newest_disagreements_have_confidences_and_no_line() -> None:
    at = datetime(2026, 5, 1, tzinfo=UTC)
    rows = [("Groceries", "Travel", "tesco", f"TESCO STORES {number}", at, 0.95, None) for number in range(99)]
    found = latest_of(rows)
    assert len(found) == MOST_SHOWN
    assert (found[0].merchant, found[0].rule_confidence, found[0].model_confidence, found[0].at) == (
        "tesco",
        0.95,
        None,
        at,
    )


def test_a_line_of_digits_alone_has_no_merchant_since_it_may_be_an_account() -> None:
    assert [one.merchant for one in by_merchant([("Dining", "Travel", "mcc", "12345")])] == ["no name"]


def test_a_few_disagreements_are_seen_beside_many_agreements() -> None:
    first, last = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)
    said = [("Travel", "Travel", 2_500), ("Dining", "Travel", 1), ("Dining", "Dining", 10_000), ("Dining", SILENT, 900)]
    found = arrange("a", ("a", "b"), [(*one, first, last) for one in said], [])
    assert (found.rules, found.models) == (("Dining", "Travel"), ("Dining", "Travel", SILENT))
    assert [[cell.shade for cell in row] for row in found.cells] == [[STEPS, 1, 2], [0, 2, 0]]
    assert [cell.kind for cell in found.cells[0]] == ["same", "other", SILENT]
    assert (found.total, found.same, found.other, found.pairs) == (13_401, 12_500, 1, (("Dining", "Travel", 1),))
    assert (found.first, found.last) == (first, last)

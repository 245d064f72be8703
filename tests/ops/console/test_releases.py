from msgspec.structs import replace

from ops.console.releases import ReleaseRow, pair, side_by_side
from scorer.release.manifest import MANIFEST, Manifest, read_manifest
from tests.support.refitted_release import refitted_release
from tests.support.small_dataset import release


def manifest(**changes: object) -> Manifest:
    _, files = release()
    return replace(read_manifest(files[MANIFEST]), **changes)


def row(version: str, role: str = "", *, fault: str | None = None) -> ReleaseRow:
    return ReleaseRow(
        version=version, role=role, manifest=None if fault else manifest(model_version=version), fault=fault
    )


def test_the_better_of_two_measures_is_marked_and_a_lower_error_is_better() -> None:
    first = manifest()
    second = replace(first, metrics=first.metrics | {"macro_f1": 0.1, "ece": 0.001}, git_commit="another")
    facts = {fact.name: fact for fact in side_by_side(first, second)}
    assert (facts["Macro-F1"].better, facts["ECE"].better, facts["Accuracy"].better) == ("left", "right", "")
    assert [name for name, fact in facts.items() if fact.differs] == ["Macro-F1", "ECE", "Code"]


def test_no_served_precision_is_none_and_no_number_below_zero() -> None:
    first = manifest(metrics={"served_precision": -1.0})
    (fact,) = [one for one in side_by_side(first, manifest()) if one.name == "Served precision"]
    assert (fact.left, fact.better) == ("none", "")


def test_a_refitted_release_names_the_rows_that_its_served_model_learned() -> None:
    refitted = read_manifest(refitted_release()[1][MANIFEST])
    (fact,) = [one for one in side_by_side(manifest(), refitted) if one.name == "Served"]
    assert fact.left == "the judged model"
    assert fact.right == (
        f"fitted again on {refitted.served_rows.first_day} to {refitted.served_rows.last_day}, "
        f"{refitted.served_rows.rows:,} rows"
    )


def test_canary_and_control_are_held_side_by_side_unless_others_are_named() -> None:
    rows = [row("d"), row("c", "canary"), row("b", fault="gone"), row("a", "control")]
    assert (pair(rows, {})["left"], pair(rows, {})["right"]) == ("c", "a")
    named = pair(rows, {"left": "d", "right": "b"})
    assert (named["left"], named["right"], named["choices"]) == ("d", "a", ("d", "c", "a"))
    assert pair(rows[:1], {})["facts"] == ()

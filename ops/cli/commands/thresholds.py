"""``ledgermind thresholds``: the bar of every category, what it rests on, and what the rollout record says instead."""

from typing import Annotated

import msgspec
import typer

from ops.cli.options import Json
from ops.releases.lookup import choose_release
from ops.rollout.active_record import record_in_force
from schemas.events.overrides import in_words
from schemas.events.rollout import RolloutRecord
from schemas.taxonomy import CATEGORIES
from scorer.model.rule_floor import RuleFloor, rule_floors
from scorer.model.threshold_setting import MUTED
from scorer.model.thresholds import Threshold
from streams.errors import BrokerUnreachable, TopicError
from streams.rollout.overrides import first_overrides
from streams.settings import SuggestSettings, read
from trainer.settings import TrainerSettings

app = typer.Typer(add_completion=False)


@app.command()
def thresholds(
    *,
    version: Annotated[str | None, typer.Option(help="Version of the release; else the newest that loads.")] = None,
    registry: Annotated[str | None, typer.Option(help="Path or URI; else LEDGERMIND_REGISTRY.")] = None,
    as_json: Json = False,
) -> None:
    """Show the active confidence thresholds per category, and the rule floor.

    The rule floor is the probability that the model must give a rule's category for the rule's answer to be served.
    They are those of the release, with the overrides of the active rollout record. If no broker answers, the
    command shows those of the release and says so.

    "At least" is a lower bound of precision that holds over the choice of the threshold: in nine of ten calibration
    folds for a category, in 19 of 20 for everything that the model answers.

    Example: ledgermind thresholds

    Exit codes: 0 shown, 1 no release loads.
    """
    release = choose_release(read(TrainerSettings), version=version, registry=registry)
    record, why = _record_in_force()
    overrides = {} if record is None else record.overrides
    in_force = release.thresholds.overridden(overrides, note=f"rollout record {record.version}" if record else "")
    if as_json:
        floors = rule_floors(release.thresholds.rule_floor, overrides)
        document = {
            "model_version": release.version,
            "thresholds": in_force,
            "release": release.thresholds,
            "rule_floors": dict(zip(CATEGORIES, floors.tolist(), strict=True)),
            "rollout_version": None if record is None else record.version,
            "overrides": None if record is None else record.overrides,
            "overrides_hash": None if record is None else record.overrides_hash,
        }
        typer.echo(msgspec.json.encode(document).decode())
        return
    typer.echo(f"{release.version}, wanted precision {release.thresholds.wanted_precision:.2f}")
    typer.echo(f"{'rule floor':26} {_floor(release.thresholds.rule_floor)}")
    if (unknown := release.thresholds.unknown) is not None:
        typer.echo(f"{'merchants without a history':26} {_words(unknown)}")
    if (shared := release.thresholds.shared) is not None:
        typer.echo(f"{'categories without proof':26} {_words(shared)}")
    if (everything := release.thresholds.everything) is not None:
        typer.echo(f"{'everything the model answers':26} {_words(everything)}")
    typer.echo(f"{'no known word, only parts':26} {_value(release.thresholds.fragments)}")
    for category in CATEGORIES:
        bar, own = in_force.by_category[category], release.thresholds.by_category[category]
        instead = "" if bar == own else f"; the release's own: {_words(own)}"
        typer.echo(f"{category.value:26} {_words(bar)}{instead}")
    typer.echo(why if record is None else f"rollout record {record.version}: {in_words(overrides) or 'no overrides'}")


def _record_in_force() -> tuple[RolloutRecord | None, str]:
    """Return the rollout record in force, or why there is none to see; raises RolloutRecordError."""
    first = first_overrides(read(SuggestSettings))
    try:
        record = record_in_force()
    except (BrokerUnreachable, TopicError) as error:
        return None, f"overrides of the rollout record are not shown: {error}"
    would = f"; the first would have: {in_words(first)}" if first else ""
    return record, f"there is no rollout record yet{would}"


def _floor(floor: RuleFloor | None) -> str:
    if floor is None:
        return "none: no rule is doubted"
    if floor.precision is None or floor.served_bound is None:
        return f"{_value(floor.value)}{'  (' + floor.note + ')' if floor.note else ''}"
    return (
        f"{_value(floor.value):6}  precision {floor.precision:.3f} on {floor.rows} rows of rules; everything served at "
        f"least {floor.served_bound:.3f}"
    )


def _words(bar: Threshold) -> str:
    proven = "" if bar.bound is None else f", at least {bar.bound:.3f}"
    measured = "" if bar.precision is None else f"  precision {bar.precision:.3f} on {bar.rows} rows{proven}"
    unknown = "" if bar.unknown is None else f"  {_value(bar.unknown)} for merchants without a history"
    return f"{_value(bar.value):6}{measured}{unknown}{'  (' + bar.note + ')' if bar.note else ''}"


def _value(value: float) -> str:
    return "muted" if value >= MUTED else f"{value:.3f}"

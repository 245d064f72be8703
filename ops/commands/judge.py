"""``ledgermind rollout judge``: holds the rollout against its policy, and moves it where it is told to."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
import psycopg
import typer

import scorer
from ops.commands.options import Dsn
from ops.demo.scrape import Scrape
from ops.errors import OpsError
from ops.observe import ask_warehouse, measure, observe, place
from ops.postgres import connect
from ops.prometheus_api import added_over
from ops.servable import require_servable
from schemas.rollout import Evidence, RolloutRecord, Verdict
from scorer.errors import ScorerError
from scorer.judge import Judgement, Standing, judge, streaks
from scorer.policy import Policy, parse_policy
from scorer.registry import Registry
from streams.rollout import read_history
from streams.rollout_writer import Change, Writer, parse_percent, successor
from streams.settings import KafkaSettings, RegistrySettings, read

POLICIES: Final = Path(scorer.__file__).parent / "policies"
ACTOR: Final = "judge"
MAX_REASON_CHARACTERS: Final = 1_000
_MOVES: Final = frozenset({Verdict.PROMOTE, Verdict.ROLLBACK})


def judge_command(
    worker: Annotated[list[str] | None, typer.Option(help="Address of each worker; else the first one here.")] = None,
    prometheus: Annotated[
        str | None, typer.Option(help="Address of a Prometheus that scrapes the workers, to ask instead of them.")
    ] = None,
    policy: Annotated[str, typer.Option(help="default, literal, fast, or a file of your own.")] = "default",
    looks: Annotated[int, typer.Option(min=1, help="How often to look; a rollback needs bad looks in a row.")] = 1,
    window: Annotated[float | None, typer.Option(min=0.1, help="Seconds of a look; else the policy's.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write the next record where the verdict moves.")] = False,
    dsn: Dsn = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look at the rollout and say PROMOTE, HOLD, ROLLBACK or INCONCLUSIVE, with every reason.

    Users and labels come from the warehouse where one is named; without, what needs them is inconclusive.
    """
    dsn = dsn or os.environ.get("LEDGERMIND_POSTGRES_DSN")
    rules = load_policy(policy)
    if worker and prometheus:
        raise OpsError("say where the numbers come from: --worker, or --prometheus")
    seconds = window or rules.window_seconds

    def window_of_counts() -> Scrape:
        if prometheus:
            return added_over(prometheus, seconds=seconds)
        return observe(worker or ["http://127.0.0.1:6066"], seconds=seconds)

    bad = (0.0, 0.0, 0.0)
    for number in range(looks):
        record, standing = _stand(rules, window_of_counts(), dsn=dsn)
        fallback, latency, errors = bad
        standing = msgspec.structs.replace(standing, bad_fallback=fallback, bad_latency=latency, bad_errors=errors)
        judgement = judge(rules, standing)
        bad = streaks(rules, standing)
        if judgement.verdict in _MOVES or number + 1 == looks:
            written = _write(record, rules, standing, judgement) if apply and judgement.verdict in _MOVES else None
            _show(rules, standing, judgement, written, as_json=as_json)
            return
        time.sleep(
            max(rules.look_every_seconds, seconds) if prometheus else max(0.0, rules.look_every_seconds - seconds)
        )


def load_policy(name: str) -> Policy:
    """Read a policy by its name, or a file; raises OpsError where there is none, PolicyError where it is nonsense."""
    file = POLICIES / f"{name}.yml" if name.isidentifier() else Path(name)
    try:
        return parse_policy(file.read_text(encoding="utf-8"), file=file.name)
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(sorted(path.stem for path in POLICIES.glob("*.yml")))
        raise OpsError(f"there is no policy {name}: give one of {known}, or a file") from error


def _stand(policy: Policy, added: Scrape, *, dsn: str | None) -> tuple[RolloutRecord, Standing]:
    records = read_history(read(KafkaSettings)).records
    if not records:
        raise OpsError("there is no rollout record yet; start a worker, or run: ledgermind rollout init")
    record, now = records[-1], _now()
    standing = measure(place(records, expected_fallback=_expected(record), now=now), added)
    if dsn is not None and record.canary.model_version is not None:
        try:
            with connect(dsn) as connection:
                standing = ask_warehouse(standing, connection, policy, canary=record.canary.model_version, now=now)
        except psycopg.Error as error:
            raise OpsError(f"the warehouse cannot say: {str(error).splitlines()[0]}; judge without --dsn") from error
    return record, standing


def _expected(record: RolloutRecord) -> float:
    """The canary's own share of unsure answers; a release that cannot be read expects none."""
    if record.canary.model_version is None:
        return 0.0
    try:
        return Registry(read(RegistrySettings).registry).load(record.canary.model_version).expected_fallback
    except ScorerError:
        return 0.0


def _write(record: RolloutRecord, policy: Policy, standing: Standing, judgement: Judgement) -> RolloutRecord:
    evidence = Evidence(
        policy=policy.name,
        window_seconds=int(policy.window_seconds),
        observations=standing.to_numbers(),
        reasons=list(judgement.reasons),
    )
    change = Change(
        actor=ACTOR,
        reason=f"{judgement.verdict}: {'; '.join(judgement.reasons)}"[:MAX_REASON_CHARACTERS],
        percent=parse_percent(f"{judgement.percent:.2f}"),
        shadow=True,
        verdict=judgement.verdict,
        evidence=evidence,
        expect_version=record.version,
    )
    writer, now = Writer(read(KafkaSettings)), _now()
    if judgement.verdict is Verdict.PROMOTE:
        require_servable(successor(record, change, now=now), Registry(read(RegistrySettings).registry))
    return writer.change(change, now=now)


def _show(
    policy: Policy, standing: Standing, judgement: Judgement, written: RolloutRecord | None, *, as_json: bool
) -> None:
    if as_json:
        answer = {
            "policy": policy.name,
            "verdict": judgement.verdict,
            "percent": judgement.percent,
            "reasons": judgement.reasons,
            "observations": standing.to_numbers(),
            "written": None if written is None else written.version,
        }
        typer.echo(msgspec.json.encode(answer).decode())
        return
    typer.echo(f"{judgement.verdict} by policy {policy.name}, at {standing.percent:g} %")
    for reason in judgement.reasons:
        typer.echo(f"  {reason}")
    for condition in judgement.conditions:
        typer.echo(f"  {condition.holds:>7}  {condition}")
    if written is not None:
        typer.echo(f"written: version {written.version}, {written.percent} %")


def verdict_faults(records: list[RolloutRecord]) -> list[str]:
    """Return which verdicts are not what their own evidence and the shipped policy give."""
    faults = []
    for record in records:
        if record.verdict is None or record.evidence is None:
            continue
        if not (POLICIES / f"{record.evidence.policy}.yml").exists():
            continue  # a policy of one's own cannot be recomputed here
        try:
            again = judge(load_policy(record.evidence.policy), Standing.from_numbers(record.evidence.observations))
        except (ScorerError, msgspec.ValidationError) as error:
            faults.append(f"version {record.version}: {error}")
            continue
        if again.verdict is not record.verdict:
            faults.append(f"version {record.version} says {record.verdict}, its evidence says {again.verdict}")
    return faults


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)

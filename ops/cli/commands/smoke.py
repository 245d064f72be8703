"""``ledgermind smoke``: whether a release and a running worker answer at all, in seconds."""

import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from ops.cli.options import Json
from ops.cli.report import say
from ops.kafka.smoke import ask_worker, example, is_ready
from ops.releases.lookup import choose_release
from schemas.taxonomy import CATEGORIES
from schemas.text.descriptor import build_descriptor
from streams.settings import KafkaSettings, WorkerSettings, read
from trainer.settings import TrainerSettings

app = typer.Typer(add_completion=False)


@app.command()
def smoke(
    *,
    worker: Annotated[
        str | None, typer.Option(help="Address of a worker; else LEDGERMIND_WORKER_HOST and LEDGERMIND_WORKER_PORT.")
    ] = None,
    version: Annotated[str | None, typer.Option(help="Version of the release; else the newest that loads.")] = None,
    registry: Annotated[str | None, typer.Option(help="Path or URI; else LEDGERMIND_REGISTRY.")] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait for the worker's suggestion.")] = 30.0,
    as_json: Json = False,
) -> None:
    """Ask the newest release and the running worker for one prediction each.

    The worker is asked through its topics, if it reports that it is ready: the command publishes one transaction of
    the user demo-smoke and reads its suggestion.

    Example: ledgermind smoke

    Exit codes: 0 both answered, 1 no release loads or no suggestion comes.
    """
    settings = read(WorkerSettings)
    url = (worker or f"http://{settings.host}:{settings.port}").rstrip("/")
    transaction = example(at=datetime.now(UTC))  # noqa: TID251 - now is what the command means
    release = choose_release(read(TrainerSettings), version=version, registry=registry)
    began = time.monotonic()
    answers = release.answer([transaction], [build_descriptor(transaction)])
    seconds = time.monotonic() - began
    category, confidence = CATEGORIES[int(answers.best[0])].value, float(answers.confidence[0])
    summary: dict[str, int | float | str | bool | None] = {
        "model_version": release.version,
        "category": category,
        "confidence": round(confidence, 6),
        "seconds": round(seconds, 6),
        "worker": None,
    }
    lines = [f"release {release.version}: {category} {confidence:.3f} in {1_000 * seconds:.1f} ms"]
    if is_ready(url):
        answered = ask_worker(transaction, kafka=read(KafkaSettings), timeout_seconds=timeout)
        suggestion = answered.suggestion
        served = "nothing" if suggestion.category is None else suggestion.category.value
        summary |= {
            "worker": url,
            "worker_category": None if suggestion.category is None else suggestion.category.value,
            "worker_source": suggestion.source.value,
            "worker_arm": suggestion.arm.value,
            "worker_seconds": round(answered.seconds, 3),
        }
        lines.append(f"worker {url}: {served} by {suggestion.source} ({suggestion.arm}) in {answered.seconds:.2f} s")
    else:
        lines.append(f"worker {url}: nobody says ready there, so it was not asked")
    say("\n".join(lines), summary, as_json=as_json)

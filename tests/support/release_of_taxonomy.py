"""Release of taxonomy: trains a small release of whatever taxonomy this process has; a program of its own.

``python -m tests.support.release_of_taxonomy REGISTRY [ROWS]`` writes it there and prints what it took as JSON. Each
category has five invented merchants, each with a name that nobody else has.
"""

import json
import resource
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from rules.load import load_rules
from schemas.events.comparison import Role
from schemas.events.transaction import Channel, Transaction
from schemas.taxonomy import CATEGORIES, TAXONOMY_VERSION
from schemas.text.descriptor import build_descriptor
from scorer.model.lexicon import Document, Vocabulary
from scorer.release.release import load_release
from streams.rollout.release_model import ReleaseModel
from trainer.dataset.folds import choose_boundaries, split_by_time
from trainer.dataset.from_transactions import build_table
from trainer.evaluation.gate_mode import GateMode
from trainer.fit.train import train
from trainer.release.build import release_files
from trainer.release.provenance import Provenance

FIRST = datetime(2025, 1, 1, tzinfo=UTC)
AS_OF = datetime(2026, 1, 15, tzinfo=UTC)
SYLLABLES = ("ba", "ko", "lu", "mi", "ne", "ro", "su", "ta", "vi", "zo")


def word(number: int) -> str:
    """Return an invented word: four syllables, one for each digit."""
    return "".join(SYLLABLES[int(digit)] for digit in f"{number:04d}")


def transactions(rows: int, *, seed: int = 5) -> tuple[list[Transaction], list[str]]:
    """Return a year of transactions, spread over all categories, and their labels."""
    dice = np.random.default_rng(seed)
    made, labels = [], []
    for number in range(rows):
        place = int(dice.integers(len(CATEGORIES)))
        merchant = 5 * place + int(dice.integers(5))
        made.append(
            Transaction(
                schema_version="1.0",
                txn_id=f"t{number:06d}",
                user_id=f"u{number % 40}",
                account_id="a",
                occurred_at=FIRST + timedelta(minutes=int(number * 525_600 / rows)),
                amount=f"-{float(dice.lognormal(3, 0.5)):.2f}",
                currency="GBP",
                description=f"{word(merchant)} trading {dice.integers(1000, 9999)}".upper(),
                channel=Channel.POS,
            )
        )
        labels.append(CATEGORIES[place].value)
    return made, labels


def main() -> None:
    """Train, write, load, and time the scoring of the rows."""
    registry, rows = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    made, labels = transactions(rows)
    documents = [Document(word(5 * place), place) for place in range(len(CATEGORIES))]
    vocabulary = Vocabulary({word(5 * place): place for place in range(len(CATEGORIES))}, {"5411": 0})
    table = build_table(made, labels, vocabulary=vocabulary)
    folds = split_by_time(table, choose_boundaries(table.occurred_at), as_of=int(AS_OF.timestamp()))
    before = time.process_time()
    trained = train(folds, vocabulary=vocabulary, documents=documents, mode=GateMode.STRICT)
    training = time.process_time() - before
    provenance = Provenance(AS_OF.isoformat(), 7, "unknown", table.fingerprint(), folds.describe(), {"import": rows})
    version, files = release_files(trained, provenance)
    trained_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024
    (registry / version).mkdir(parents=True)
    for name, content in files.items():
        (registry / version / name).write_bytes(content)
    release = load_release(registry / version)
    descriptors = [build_descriptor(one) for one in made]
    rules, model = load_rules(), ReleaseModel(release)
    took: list[float] = []
    right = 0
    for _ in range(3):
        right, began = 0, time.process_time()
        for at in range(0, rows, 1_000):
            batch = made[at : at + 1_000], descriptors[at : at + 1_000]
            rules.answer(*batch)
            answers = model.answer(*batch, role=Role.CHALLENGER)
            right += sum(
                answer.ranked[0].category.value == label
                for answer, label in zip(answers, labels[at : at + 1_000], strict=True)
            )
        took.append(time.process_time() - began)
    print(  # noqa: T201 - its result
        json.dumps(
            {
                "version": version,
                "taxonomy": TAXONOMY_VERSION,
                "categories": len(CATEGORIES),
                "microseconds": min(took) / rows * 1e6,
                "first_microseconds": took[0] / rows * 1e6,
                "training_seconds": training,
                "trained_bytes": trained_bytes,
                "release_bytes": sum(map(len, files.values())),
                "accuracy": right / rows,
            }
        )
    )


if __name__ == "__main__":
    main()

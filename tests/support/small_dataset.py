"""A small invented past: a year of labelled transactions, and the release that is trained from it once."""

import functools
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np

from schemas.events.transaction import Channel, Transaction
from schemas.taxonomy import Category
from scorer.model.lexicon import Document, Vocabulary
from scorer.release.manifest import MANIFEST, Gate, read_manifest
from trainer.dataset.folds import Folds, choose_boundaries, split_by_time
from trainer.dataset.from_transactions import build_table
from trainer.dataset.table import TrainingTable
from trainer.evaluation.gate_mode import GateMode
from trainer.fit.train import train
from trainer.fit.trained import Trained
from trainer.release.build import release_files
from trainer.release.provenance import Provenance

FIRST = datetime(2025, 1, 1, tzinfo=UTC)
AS_OF = datetime(2026, 1, 15, tzinfo=UTC)
MERCHANTS = {
    Category("Groceries"): ("tesco", "asda", "lidl market", "edeka", "village grocer"),
    Category("Dining"): ("costa coffee", "pizza hut", "luigi pizzeria", "sushi bar", "corner cafe"),
    Category("Fuel & Auto"): ("shell", "bp garage", "esso petrol", "texaco", "city tyres"),
    Category("Travel"): ("hilton hotel", "ryanair", "seaside inn", "klm airlines", "travelodge"),
    Category("Utilities & Telecom"): ("vodafone", "thames water", "eon energy", "city power", "o2 mobile"),
}
CORNER_SHOPS = 0.2  # of groceries and dining: one name for both, only the amount tells them apart
MCC = {"5411": 0, "5812": 1, "5541": 3}
DOCUMENTS = [
    Document(word, list(Category).index(category))
    for category, names in MERCHANTS.items()
    for name in names
    for word in (name, name.split()[-1])
]
VOCABULARY = Vocabulary({name: list(Category).index(c) for c, names in MERCHANTS.items() for name in names[:2]}, MCC)


def transactions(count: int = 2_000, *, seed: int = 3) -> tuple[list[Transaction], list[str]]:
    """Return transactions of a year with their labels, one in twenty of them wrong."""
    dice = np.random.default_rng(seed)
    categories = list(MERCHANTS)
    rows, labels = [], []
    for number in range(count):
        category = categories[int(dice.integers(len(categories)))]
        place = min(int(dice.exponential(1.5)), 4)
        amount = float(dice.lognormal(3 + categories.index(category) / 2, 0.5))
        name = MERCHANTS[category][place]
        if categories.index(category) < 2 and dice.random() < CORNER_SHOPS:
            name, amount = "corner shop", (90.0 if category is categories[0] else 4.0) + amount / 50
        rows.append(
            Transaction(
                schema_version="1.0",
                txn_id=f"t{number:05d}",
                user_id=f"u{number % 40}",
                account_id="a",
                occurred_at=FIRST + timedelta(minutes=int(number * 525_600 / count)),
                amount=f"-{amount:.2f}",
                currency="GBP",
                description=f"{name} {dice.integers(1000, 9999)}".upper(),
                channel=Channel.POS,
            )
        )
        labels.append((categories[int(dice.integers(5))] if dice.random() < 0.05 else category).value)
    return rows, labels


@functools.cache
def table() -> TrainingTable:
    """Return the past as a training table."""
    rows, labels = transactions()
    return build_table(rows, labels, vocabulary=VOCABULARY)


@functools.cache
def folds() -> Folds:
    """Return its folds."""
    return split_by_time(table(), choose_boundaries(table().occurred_at), as_of=int(AS_OF.timestamp()))


@functools.cache
def trained() -> Trained:
    """Return the model that is trained from it."""
    return train(folds(), vocabulary=VOCABULARY, documents=DOCUMENTS, mode=GateMode.STRICT)


def provenance() -> Provenance:
    """Return where the model comes from."""
    return Provenance(AS_OF.isoformat(), 7, "unknown", table().fingerprint(), folds().describe(), {"import": 2_000})


@functools.cache
def release() -> tuple[str, dict[str, bytes]]:
    """Return the version and the files of its release."""
    return release_files(trained(), provenance())


def renamed(
    version: str, *, verdict: str = "PASS", mode: GateMode = GateMode.STRICT, **changes: object
) -> dict[str, bytes]:
    """Return the release's files under another name, with another word of its gate and other changes to its manifest.

    A past this small makes every gate inconclusive.
    """
    _, files = release()
    gate = Gate(verdict, mode.value, () if verdict == "PASS" else ("macro-F1 0.500 is below 0.72",), ())
    manifest = msgspec.structs.replace(read_manifest(files[MANIFEST]), model_version=version, gate=gate, **changes)
    return files | {MANIFEST: manifest.to_bytes()}

"""LedgerMind for Python programs: score a table, read a release, and the types of the events that a client exchanges.

This module is the public Python API; the packages beside it (``schemas``, ``rules``, ``scorer`` …) may change with any
version. Nothing here needs Kafka or Postgres::

    import ledgermind

    rows = [{"description": "TESCO STORES 3021", "amount": "-12.50", "currency": "GBP"}]
    ledgermind.score(rows)[0].category                                   # by rules alone
    release = ledgermind.read_release(".ledgermind/registry")            # the newest that loads
    ledgermind.score(rows, release=release)[0].model                     # what the model says, and why
    ledgermind.decode_suggestion(message.value()).category               # of a record of the topic suggestions
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from rules.load import load_rules
from schemas.events import open_taxonomy
from schemas.events.candidate import Candidate, Explanation, SuggestionSource
from schemas.events.comparison import Acceptance, Comparison, Role
from schemas.events.feedback import Feedback
from schemas.events.suggestion import Arm, Suggestion
from schemas.events.transaction import TRANSACTION_SCHEMA_VERSION, Channel, Transaction, find_error
from schemas.taxonomy import CATEGORIES, Category
from schemas.text.descriptor import build_descriptor
from scorer.errors import RegistryError, ReleaseError
from scorer.release.registry import Registry
from scorer.release.release import Release
from scorer.serving.decide import ModelAnswer, decide
from streams.rollout.release_model import ReleaseModel

__all__ = [
    "CATEGORIES",
    "Candidate",
    "Category",
    "Channel",
    "Comparison",
    "Explanation",
    "Feedback",
    "RegistryError",
    "Release",
    "ReleaseError",
    "RowError",
    "Scored",
    "Suggestion",
    "SuggestionSource",
    "Transaction",
    "decode_comparison",
    "decode_suggestion",
    "encode",
    "read_release",
    "score",
]

# Fields of a row that need not be given: ids name nobody, and a row without a time is as of its scoring.
_ROW_DEFAULTS: Final = {
    "schema_version": TRANSACTION_SCHEMA_VERSION,
    "user_id": "user",
    "account_id": "account",
    "currency": "XXX",
}


class RowError(ValueError):
    """A row of the table is no transaction; the message names its index, its field and what is wrong."""


class Scored(msgspec.Struct, frozen=True):
    """One row's answer: what would be served, and what rules and model said; None where one of them does not know.

    ``model`` is the model's best category whether it was sure enough (``is_accepted``) or not.
    """

    transaction: Transaction
    category: Category | None
    confidence: float
    source: SuggestionSource
    rules: Candidate | None
    model: Candidate | None
    is_accepted: bool


def read_release(registry: str | Path, version: str | None = None) -> Release:
    """Read a release of a registry (a path or a URI), by version or the newest that loads, and check every file of it.

    Raises RegistryError where there is none, ReleaseError with every fault of the one that was named.
    """
    releases = Registry(str(registry))
    if version is not None:
        return releases.load(version)
    for name in reversed(releases.versions()):
        try:
            return releases.load(name)
        except ReleaseError:
            continue
    raise RegistryError(releases.location, "holds no release that loads")


def score(
    rows: Iterable[Transaction | Mapping[str, object]],
    *,
    release: Release | None = None,
    rules_file: Path | None = None,
    gate: Literal["respect", "ignore"] = "respect",
) -> list[Scored]:
    """Score a table: one answer a row, in its order, decided as a worker decides for a user of the canary.

    A row is a Transaction, or a mapping with ``description``, ``amount`` (text, outflow negative) and any other of its
    fields. A release whose gate did not pass is asked and not served, as in a worker; ``gate="ignore"`` serves it.
    Raises RowError for a row that is no transaction.
    """
    now = datetime.now(UTC)  # noqa: TID251 - a row without a time is as of now, which is this shell's to know
    transactions = [_transaction(number, row, now) for number, row in enumerate(rows)]
    descriptors = [build_descriptor(one) for one in transactions]
    by_rules = load_rules(rules_file).answer(transactions, descriptors)
    if release is None:
        return [_scored(one, rule, None, serves=False) for one, rule in zip(transactions, by_rules, strict=True)]
    model = ReleaseModel(release)
    answers = model.answer(transactions, descriptors, role=Role.CHALLENGER) if transactions else []
    serves = model.may_serve or gate == "ignore"
    return [
        _scored(one, rule, answer, serves=serves)
        for one, rule, answer in zip(transactions, by_rules, answers, strict=True)
    ]


def decode_suggestion(value: bytes) -> Suggestion:
    """Read the value of a record of the topic ``suggestions``; raises msgspec.MsgspecError where it is none.

    A category is text, of the taxonomy that the event names; those of this version compare equal to ``Category``.
    """
    return open_taxonomy.decode_suggestion(value)


def decode_comparison(value: bytes) -> Comparison:
    """Read the value of a record of the topic ``suggestion-compare``; raises msgspec.MsgspecError where it is none."""
    return open_taxonomy.decode_comparison(value)


def encode(event: Transaction | Feedback) -> bytes:
    """Return the value of a record of ``transactions`` or ``suggestion-feedback``; its key is the ``user_id``."""
    return msgspec.json.encode(event)


def _transaction(number: int, row: Transaction | Mapping[str, object], now: datetime) -> Transaction:
    try:
        made = (
            row
            if isinstance(row, Transaction)
            else msgspec.convert({**_ROW_DEFAULTS, "txn_id": f"row-{number}", "occurred_at": now, **row}, Transaction)
        )
    except msgspec.ValidationError as error:
        raise RowError(f"row {number} is no transaction: {error}") from error
    fault = find_error(made)
    if fault is not None:
        raise RowError(f"row {number} is no transaction: {fault.detail}")
    return made


def _scored(transaction: Transaction, rule: Candidate | None, answer: ModelAnswer | None, *, serves: bool) -> Scored:
    decision = decide(Arm.CANARY, rule=rule, champion=None, challenger=answer if serves else None)
    served = decision.served
    return Scored(
        transaction,
        None if served is None else served.category,
        0.0 if served is None else served.confidence,
        decision.source,
        rule,
        None if answer is None else answer.ranked[0],
        answer is not None and answer.acceptance is Acceptance.ACCEPTED,
    )

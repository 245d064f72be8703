"""Try it: what the rules and each loaded release say of one statement line, and why; nothing of it is kept."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from ops.console.loaded_releases import Loaded, LoadedReleases
from ops.releases.opinion import Opinion, opinion_of
from rules.engine import RuleEngine
from rules.load import load_rules
from schemas.events.candidate import Candidate, SuggestionSource
from schemas.events.comparison import Acceptance, Role
from schemas.events.dead_letter import RecordError
from schemas.events.overrides import NO_OVERRIDES
from schemas.events.rollout import RolloutRecord
from schemas.events.suggestion import BUCKETS, Arm
from schemas.events.transaction import TRANSACTION_SCHEMA_VERSION, Transaction
from schemas.text.descriptor import Descriptor, build_descriptor
from scorer.serving.decide import ModelAnswer, decide
from streams.process.codec import decode_transaction

NOBODY: Final = "console"  # stands for the user and the account
DEFAULTS: Final = {"description": "", "amount": "-4.20", "currency": "GBP", "country": "", "mcc": ""}
OPTIONAL: Final = ("country", "mcc")
CODES: Final = ("currency", "country")
MOST_RULES: Final = 5


class ReleaseAnswer(Struct, frozen=True, kw_only=True):
    """What one release says; ``opinion`` is None where ``fault`` says why there is none."""

    version: str
    role: str
    opinion: Opinion | None
    fault: str | None


class Reading(Struct, frozen=True, kw_only=True):
    """How a line is read and what everybody says of it; the rules' answer is the first of ``rules``.

    ``served`` gives each arm that has users what it would serve, None for nothing.
    """

    norm: str
    merchant_key: str
    rules_version: str
    rules: tuple[Candidate, ...]
    more_rules: int
    releases: tuple[ReleaseAnswer, ...]
    served: dict[str, Candidate | None]


class TryIt:
    """Answers one line at a time, as a worker would."""

    def __init__(self, registry: str, rules_file: Path | None, *, record: Callable[[], RolloutRecord | None]) -> None:
        self._rules_file = rules_file
        self._record = record
        self._rules: RuleEngine | None = None
        self._releases = LoadedReleases(registry, record=record)

    def load(self) -> None:
        """Load rules and releases; raises RulesError, or OSError where the registry cannot be listed."""
        self._engine()
        self._releases.load()

    def read(self, fields: Mapping[str, str], *, now: datetime) -> Reading | RecordError:
        """Return what everybody says of a line, or why a worker would make a dead letter of it; raises RulesError."""
        transaction = transaction_of(fields, now=now)
        if isinstance(transaction, RecordError):
            return transaction
        engine, record, descriptor = self._engine(), self._record(), build_descriptor(transaction)
        rules = engine.matching(transaction, descriptor)
        answers = tuple(_asked(one, record, transaction, descriptor) for one in self._releases.all())
        return Reading(
            norm=descriptor.norm,
            merchant_key=descriptor.merchant_key,
            rules_version=engine.version,
            rules=tuple(rules[:MOST_RULES]),
            more_rules=max(0, len(rules) - MOST_RULES),
            releases=answers,
            served=served_by_arm(record, rules[0] if rules else None, answers),
        )

    def _engine(self) -> RuleEngine:
        self._rules = self._rules or load_rules(self._rules_file)
        return self._rules


def transaction_of(fields: Mapping[str, str], *, now: datetime) -> Transaction | RecordError:
    """Return the transaction of a form's fields as a worker's own decoder reads it, or the fault that it finds."""
    given = {name: fields[name] if name == "description" else fields[name].strip() for name in DEFAULTS}
    given |= {name: given[name].upper() for name in CODES}
    event = {name: text for name, text in given.items() if text or name not in OPTIONAL}
    event |= dict.fromkeys(("txn_id", "user_id", "account_id"), NOBODY)
    event |= {"schema_version": TRANSACTION_SCHEMA_VERSION, "occurred_at": now.isoformat()}
    return decode_transaction(NOBODY.encode(), msgspec.json.encode(event))


def served_by_arm(
    record: RolloutRecord | None, rule: Candidate | None, answers: Sequence[ReleaseAnswer]
) -> dict[str, Candidate | None]:
    """Return what each arm that has users would serve, by the worker's own decision; rules without a record."""
    if record is None:
        return {Arm.CONTROL.value: rule}
    said = {one.version: one.opinion for one in answers}
    champion = _answer(Role.CHAMPION, record.control.model_version, said)
    challenger = _answer(Role.CHALLENGER, record.canary.model_version, said)
    shares = {Arm.CONTROL: BUCKETS - record.basis_points, Arm.CANARY: record.basis_points}
    return {
        arm.value: decide(arm, rule=rule, champion=champion, challenger=challenger).served
        for arm, share in shares.items()
        if share
    }


def _asked(
    one: Loaded, record: RolloutRecord | None, transaction: Transaction, descriptor: Descriptor
) -> ReleaseAnswer:
    if one.release is None or one.explainer is None:
        return ReleaseAnswer(version=one.version, role=one.role, opinion=None, fault=one.fault)
    overrides = NO_OVERRIDES if record is None else record.overrides
    opinion = opinion_of(one.release, one.explainer, transaction, descriptor, overrides=overrides)
    return ReleaseAnswer(version=one.version, role=one.role, opinion=opinion, fault=None)


def _answer(role: Role, version: str | None, said: Mapping[str, Opinion | None]) -> ModelAnswer | None:
    """Return an opinion as the worker's decision takes it; a release that may not serve counts as not there."""
    if version is None:
        return None
    opinion = said.get(version)
    if opinion is None or not opinion.may_serve:
        return ModelAnswer(role, version, Acceptance.UNAVAILABLE)
    category, confidence = opinion.ranked[0]
    acceptance = Acceptance.ACCEPTED if opinion.is_accepted else Acceptance.LOW_CONFIDENCE
    best = Candidate(category, confidence, SuggestionSource.MODEL)
    return ModelAnswer(role, version, acceptance, (best,), opinion.doubted)

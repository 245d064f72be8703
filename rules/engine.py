"""Engine: many rules over many transactions at once, deterministic, with nothing built on the hot path."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from rules.condition import All, AnyOf, Condition, Mcc, Not, OnChannel, Text, holds
from rules.index import TextIndex, build_index
from rules.ruleset import Rule
from schemas.events.candidate import Candidate, Explanation, ExplanationKind, SuggestionSource
from schemas.events.transaction import Channel, Transaction
from schemas.taxonomy import DISPLAY_NAMES, Category
from schemas.text.descriptor import Descriptor

CACHED_DESCRIPTIONS: Final = 32_768
_AT_START: Final = 1_000  # a name that opens the description outranks any longer one further on
_PRIORITY: Final = 10_000


class Branch(NamedTuple):
    """One way in which a rule can hold: what it is found by, and what must hold besides."""

    rule: Rule
    index_key: Text | Mcc | OnChannel | None
    residual: Condition | None


class RankedRule(NamedTuple):
    """A branch that was found, ready to answer; the highest ``rank`` answers."""

    rank: int
    residual: Condition | None
    candidate: Candidate | None  # None: the taxonomy leaves its category out, and so it answers nothing
    rule_id: str


class DescriptionMatch(NamedTuple):
    """What the words of one description found: entries from the highest rank, and every text that stands in it."""

    entries: tuple[RankedRule, ...]
    texts: frozenset[Text]


class RuleEngine:
    """Compiled rules; safe to share between threads."""

    def __init__(self, rules: Iterable[Rule], *, version: str) -> None:
        self.version = version
        self.rules = tuple(rules)
        branches = [branch for rule in self.rules for branch in branches_of(rule)]
        self._index: TextIndex = build_index(dict.fromkeys(_texts(self.rules)))
        self._by_text: dict[Text, list[Branch]] = {}
        by_mcc: dict[str, list[RankedRule]] = {}
        by_channel: dict[Channel, list[RankedRule]] = {}
        always: list[RankedRule] = []
        for branch in branches:
            match branch.index_key:
                case Text() as text:
                    self._by_text.setdefault(text, []).append(branch)
                case Mcc(codes):
                    for code in codes:
                        by_mcc.setdefault(code, []).append(_ranked_rule(branch, code))
                case OnChannel(channels):
                    for channel in channels:
                        by_channel.setdefault(channel, []).append(_ranked_rule(branch, channel.value))
                case None:
                    always.append(_ranked_rule(branch, ""))
        self._by_mcc = {code: _ranked(entries) for code, entries in by_mcc.items()}
        self._by_channel = {channel: _ranked(entries) for channel, entries in by_channel.items()}
        self._always = _ranked(always)
        # Merchants repeat: most descriptions of a batch were seen before.
        self._find = lru_cache(maxsize=CACHED_DESCRIPTIONS)(self._find_texts)

    def answer(self, transactions: Sequence[Transaction], descriptors: Sequence[Descriptor]) -> list[Candidate | None]:
        """Return the rules' answer to each transaction, None where no rule knows it."""
        find, by_mcc, by_channel, always = self._find, self._by_mcc, self._by_channel, self._always
        answers: list[Candidate | None] = []
        for transaction, descriptor in zip(transactions, descriptors, strict=True):
            entries, texts = find(descriptor.norm)
            rank = -1
            answer: Candidate | None = None
            for entry in entries:
                if entry.residual is None or holds(entry.residual, transaction, texts):
                    rank, _, answer, _ = entry
                    break
            for others in (
                by_mcc.get(transaction.mcc, ()) if transaction.mcc is not None else (),
                by_channel.get(transaction.channel, ()) if transaction.channel is not None else (),
                always,
            ):
                for entry in others:
                    if entry.rank <= rank:
                        break
                    if entry.residual is None or holds(entry.residual, transaction, texts):
                        rank, _, answer, _ = entry
                        break
            answers.append(answer)
        return answers

    def matching(self, transaction: Transaction, descriptor: Descriptor) -> list[Candidate]:
        """Return every candidate whose rule holds, the answer first; none where what would answer is left out."""
        held = self.held(transaction, descriptor)
        if held and held[0].candidate is None:
            return []
        return [entry.candidate for entry in held if entry.candidate is not None]

    def held(self, transaction: Transaction, descriptor: Descriptor) -> tuple[RankedRule, ...]:
        """Return every rule that holds, the one that answers first."""
        entries, texts = self._find(descriptor.norm)
        known = [
            *entries,
            *self._by_mcc.get(transaction.mcc or "", ()),
            *(() if transaction.channel is None else self._by_channel.get(transaction.channel, ())),
            *self._always,
        ]
        held = [entry for entry in known if entry.residual is None or holds(entry.residual, transaction, texts)]
        return _ranked(held)

    def _find_texts(self, norm: str) -> DescriptionMatch:
        entries: list[RankedRule] = []
        texts: list[Text] = []
        for text, literal, at_start, in_place in self._index.find(norm):
            texts.append(text)
            strength = at_start * _AT_START + min(len(literal), _AT_START - 1)
            for rule, _, residual in self._by_text.get(text, ()):
                if in_place and rule.kind is ExplanationKind.WORD:
                    continue  # where it is, not what is sold there
                # Made when it is found: of the 30,000 that could be, a stream meets few.
                rank = rule.priority * _PRIORITY + strength
                entries.append(RankedRule(rank, residual, _candidate(rule, literal), rule.rule_id))
        return DescriptionMatch(_ranked(entries) if len(entries) > 1 else tuple(entries), frozenset(texts))


def branches_of(rule: Rule) -> list[Branch]:
    """Split a rule into branches, each with something it can be found by where the condition has one."""
    conditions = rule.condition.parts if isinstance(rule.condition, AnyOf) else (rule.condition,)
    return [_branch(rule, condition) for condition in conditions]


def _branch(rule: Rule, condition: Condition) -> Branch:
    """Find a rule by its texts where it has some, else by its codes, else by its channels."""
    parts = tuple(_parts(condition))
    for kind in (Text, Mcc, OnChannel):
        for position, part in enumerate(parts):
            if isinstance(part, kind) and isinstance(part, Text | Mcc | OnChannel):
                residual = parts[:position] + parts[position + 1 :]
                return Branch(
                    rule, part, None if not residual else residual[0] if len(residual) == 1 else All(residual)
                )
    return Branch(rule, None, condition)


def _parts(condition: Condition) -> Iterator[Condition]:
    """Yield what must hold together: a crosswalk puts a brand's countries around conditions that are joined already."""
    if isinstance(condition, All):
        for part in condition.parts:
            yield from _parts(part)
    else:
        yield condition


def _texts(rules: Iterable[Rule]) -> Iterable[Text]:
    for rule in rules:
        yield from texts_of(rule.condition)


def texts_of(condition: Condition) -> Iterable[Text]:
    """Yield every text test of a condition."""
    match condition:
        case Text():
            yield condition
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from texts_of(part)
        case Not(part):
            yield from texts_of(part)


def _ranked(entries: list[RankedRule]) -> tuple[RankedRule, ...]:
    return tuple(sorted(entries, key=lambda entry: -entry.rank))  # stable: the file's order breaks ties


def _ranked_rule(branch: Branch, evidence: str) -> RankedRule:
    candidate = _candidate(branch.rule, evidence)
    return RankedRule(branch.rule.priority * _PRIORITY, branch.residual, candidate, branch.rule.rule_id)


def _candidate(rule: Rule, evidence: str) -> Candidate | None:
    if rule.category is None:
        return None
    return Candidate(
        category=rule.category,
        confidence=rule.confidence,
        source=SuggestionSource.RULES,
        rule_id=rule.rule_id,
        override=rule.override,
        explanations=(Explanation(rule.kind, _explain(rule, rule.category, evidence)),),
    )


def _explain(rule: Rule, category: Category, evidence: str) -> str:
    words = evidence.strip("*")
    match rule.kind:
        case ExplanationKind.BRAND:
            return f"“{words}” is a known name in {DISPLAY_NAMES[category]}"[:256]
        case ExplanationKind.MCC:
            return f"card network code {evidence}: {rule.note or DISPLAY_NAMES[category]}"[:256]
        case ExplanationKind.WORD if rule.note is None and words:
            return f"“{words}” in the description"[:256]
        case _:
            said = rule.note or f"rule {rule.rule_id}"
            return (f"{said} (“{words}”)" if words else said)[:256]

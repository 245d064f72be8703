"""Text index: which texts of the rules stand in a normalised description, found in one pass over it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

import re2
from ahocorasick_rs import AhoCorasick, MatchKind

from rules.condition import Text, TextKind
from schemas.text.folding import fold

# Folded text holds letters, digits and spaces only, so these marks of its two ends cannot stand in it.
_START: Final = "^ "
_END: Final = " $"
_METACHARACTERS: Final = re.compile(r"\\.|\[[^]]*\]|[^a-z0-9 ]")
_MIN_GUARD: Final = 3
_PLACES: Final = (
    "street road rd lane ln avenue ave boulevard blvd crescent cres parade pde terrace highway hwy esplanade drive row "
    "mews strasse str grove hill hills heights park green bay beach island harbour harbor creek falls ridge springs"
)
PLACE_WORDS: Final = frozenset(_PLACES.split())  # make a street, a quarter or a landscape of the word before them


class Hit(NamedTuple):
    """A text of a rule that stands in the description; ``at_start`` where the description begins with it.

    ``in_place`` says that the next word makes a place's name of it, as in "school lane" and "garden island".
    """

    text: Text
    literal: str
    at_start: bool
    in_place: bool = False


@dataclass(frozen=True, slots=True)
class TextIndex:
    """An Aho-Corasick automaton over all literals and one RE2 set over all regexes."""

    automaton: AhoCorasick | None
    owners: tuple[tuple[tuple[Text, str], ...], ...]  # of each pattern, with the literal as it was written
    prefilters: frozenset[int]  # patterns without which no guarded regex can match
    always_run: bool  # a regex without a literal to look for first
    match_regexes: Callable[[str], list[int] | None] | None
    regexes: tuple[tuple[Text, str], ...]

    def find(self, norm: str) -> list[Hit]:
        """Return all texts that stand in ``norm``."""
        hits: list[Hit] = []
        is_candidate = self.always_run
        if self.automaton is not None:
            line = f"{_START}{norm}{_END}"
            for pattern, start, end in self.automaton.find_matches_as_indexes(line, overlapping=True):
                owners = self.owners[pattern]
                in_place = bool(owners) and line[end : line.find(" ", end)] in PLACE_WORDS
                for text, literal in owners:
                    hits.append(Hit(text, literal, start <= 1, in_place and text.kind is TextKind.WORDS))
                is_candidate = is_candidate or pattern in self.prefilters
        if is_candidate and self.match_regexes is not None:
            for position in self.match_regexes(norm) or ():  # None for no match
                text, pattern_text = self.regexes[position]
                hits.append(Hit(text, pattern_text, False))
        return hits


def build_index(texts: Iterable[Text]) -> TextIndex:
    """Build the index of all texts; regexes were compiled once by the parser and are known to be valid."""
    owners: dict[str, list[tuple[Text, str]]] = {}
    regexes: list[tuple[Text, str]] = []
    prefilters: set[str] = set()
    always_run = False
    for text in texts:
        for literal in text.texts:
            if text.kind is TextKind.REGEX:
                regexes.append((text, literal))
                prefilter = prefilter_literal(literal)
                always_run = always_run or prefilter is None
                if prefilter is not None:
                    prefilters.add(prefilter)
                    owners.setdefault(prefilter, [])
            else:
                owners.setdefault(pattern_of(text.kind, literal), []).append((text, literal))
    patterns = list(owners)
    return TextIndex(
        automaton=AhoCorasick(patterns, matchkind=MatchKind.Standard) if patterns else None,
        owners=tuple(tuple(owners[pattern]) for pattern in patterns),
        prefilters=frozenset(position for position, pattern in enumerate(patterns) if pattern in prefilters),
        always_run=always_run,
        match_regexes=_regex_set([regex for _, regex in regexes]) if regexes else None,
        regexes=tuple(regexes),
    )


def pattern_of(kind: TextKind, literal: str) -> str:
    """Return what the automaton looks for, in a description between the marks of its ends."""
    words = fold(literal)
    if kind is TextKind.EXACT:
        return f"{_START}{words}{_END}"
    if kind is TextKind.OPENING:
        return f"{_START}{words} "
    if kind is TextKind.PREFIX:
        return f"{_START}{words}"
    before = "" if literal.startswith("*") else " "
    after = "" if literal.endswith("*") else " "
    return f"{before}{words}{after}"


def prefilter_literal(regex: str) -> str | None:
    """Return a literal that stands in every match of the regex, None where it is not plain which."""
    if any(mark in regex for mark in "|()?*{"):
        return None
    longest = max(_METACHARACTERS.sub("\0", regex.replace("$", "\0").replace("^", "\0")).split("\0"), key=len)
    return longest if len(longest) >= _MIN_GUARD else None


def _regex_set(regexes: list[str]) -> Callable[[str], list[int] | None]:
    compiled = re2.Set.SearchSet()
    for regex in regexes:
        compiled.Add(regex)
    compiled.Compile()
    match: Callable[[str], list[int] | None] = compiled.Match
    return match

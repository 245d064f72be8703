"""Propose: which own category each default one is, from what the default rules say of labelled transactions."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from ops.taxonomy.names import fold_name
from ops.taxonomy.render import mapping_lines
from schemas.taxonomy.definition import Taxonomy

MIN_SHARE: Final = 0.6
MIN_ROWS: Final = 5


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one default category is proposed to be; ``doubt`` is empty where counts and share are enough."""

    default: str
    stands: str | None  # in the file
    own: str | None
    rows: int
    share: float
    doubt: str


def own_label(taxonomy: Taxonomy, text: str) -> str | None:
    """Return the id that a label names, by id or name whatever its case; None where it is none."""
    folded = fold_name(text)
    return taxonomy.find(text) or next(
        (one.id for one in taxonomy.categories if folded in (fold_name(one.id), fold_name(one.name))), None
    )


def propose_mapping_of_defaults(taxonomy: Taxonomy, answers: Iterable[tuple[str, str]]) -> tuple[Proposal, ...]:
    """Return a proposal for each default category from pairs of the rules' default category and the own label."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in taxonomy.from_default}
    for default, own in answers:
        counts[default][own] += 1
    return tuple(_propose(taxonomy, name, found) for name, found in counts.items())


def _propose(taxonomy: Taxonomy, default: str, found: Counter[str]) -> Proposal:
    stands = taxonomy.from_default[default]
    named = own_label(taxonomy, default)
    rows = found.total()
    if named is not None:
        return Proposal(
            default, stands, named, rows, found[named] / rows if rows else 0.0, _doubt_of_name(named, found)
        )
    if not rows:
        return Proposal(default, stands, stands, 0, 0.0, "the rules answer it on no labelled row")
    own, most = min(found.items(), key=lambda item: (-item[1], item[0]))
    share = most / rows
    doubt = ""
    if rows < MIN_ROWS:
        doubt = f"{rows} rows, fewer than {MIN_ROWS}"
    elif share < MIN_SHARE:
        others = ", ".join(f"{name} {count}" for name, count in found.most_common(4) if name != own)
        doubt = f"{share:.0%} only; also {others}"
    return Proposal(default, stands, own, rows, share, doubt)


def _doubt_of_name(named: str, found: Counter[str]) -> str:
    """A category that bears a default one's name is that one; labels that say otherwise deserve a look."""
    rows = found.total()
    if rows < MIN_ROWS or found[named] >= MIN_SHARE * rows:
        return ""
    own, most = next((name, count) for name, count in found.most_common() if name != named)
    return f"it bears the name, but {most} of {rows} rows are {own}"


def with_mapping(text: str, from_default: Mapping[str, str | None]) -> str:
    """Return the text of a taxonomy file with another ``from_default``; all else stays as it was written."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert root is not None
    key, value = next((key, value) for key, value in root.value if key.value == "from_default")
    last = value if value.flow_style else value.value[-1][1]  # a block itself ends where the next key begins
    start, end = key.start_mark.index, last.end_mark.index
    return f"{text[:start]}from_default:\n{mapping_lines(from_default).rstrip()}{text[end:]}"

"""Load: rules from disk, compiled and with a version that changes with any of their bytes."""

import gc
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rules.crosswalk_rules import brand_rules, mcc_rules
from rules.engine import RuleEngine
from rules.errors import CrosswalkError
from rules.parser.ruleset import parse_ruleset
from rules.ruleset import Rule, Ruleset
from schemas.crosswalks.crosswalk import BRANDS_FILE, MCC_FILE, parse_brands, parse_mcc
from schemas.taxonomy import DEFAULT, TAXONOMY

DEFAULT_RULES: Final = Path(__file__).parent / "rulesets" / "default.yml"
_DIGEST_CHARACTERS: Final = 8


def load_rules(path: Path | None = None, *, about: str | None = None) -> RuleEngine:
    """Return the engine of a rule file, of the default one for None.

    ``about`` is a normalised description: the engine answers to it as the whole one does, and leaves out the brands
    that do not stand in it, which are most of what there is to compile.
    Raises RulesetError for nonsense in the file and CrosswalkError for a file that cannot be read.
    """
    ruleset, version = read_ruleset(path)
    with _without_collection():
        return RuleEngine(expand(ruleset, about=about), version=version)


def read_ruleset(path: Path | None = None) -> tuple[Ruleset, str]:
    """Return the rule set of a file and its version, ``<name>-<version>-<hash>``; raises as ``load_rules``."""
    file = DEFAULT_RULES if path is None else path
    text = _read(file)
    ruleset = parse_ruleset(text, file=str(path or file.name))
    digest = hashlib.sha256(text.encode())
    for used, crosswalk in (("brand", BRANDS_FILE), ("", MCC_FILE)):  # a brand may ask for codes of its category
        if any(used in name for name in ruleset.crosswalks):
            digest.update(_read(crosswalk).encode())
    if TAXONOMY != DEFAULT:  # the same rules answer otherwise
        digest.update(TAXONOMY.fingerprint.encode())
    return ruleset, f"{ruleset.name}-{ruleset.version}-{digest.hexdigest()[:_DIGEST_CHARACTERS]}"


def expand(ruleset: Ruleset, *, about: str | None = None) -> list[Rule]:
    """Return the written rules and those of the crosswalks that the rule set uses; of brands those ``about`` names."""
    rules = list(ruleset.rules)
    sources = ruleset.crosswalks
    try:
        meanings = parse_mcc(_read(MCC_FILE).splitlines()).values() if sources else ()
        if any("brand" in name for name in sources):
            brands = _read(BRANDS_FILE).splitlines()
            named = brands if about is None else _that_stand_in(about, brands)
            rules.extend(brand_rules(parse_brands(named), sources, meanings=meanings))
        rules.extend(mcc_rules(meanings, sources))
    except (ValueError, KeyError) as error:
        raise CrosswalkError(BRANDS_FILE.parent, f"a crosswalk is not as expected: {error}") from error
    return rules


def _that_stand_in(description: str, brands: Sequence[str]) -> Iterator[str]:
    """Yield the header and the lines whose name stands in the description: names are in normal form, too."""
    yield from brands[:1]
    for line in brands[1:]:
        name, _, _ = line.partition(",")
        if name in description or name.startswith('"'):
            yield line


@contextmanager
def _without_collection() -> Iterator[None]:
    """Let the garbage collector rest: it would look through all rules time and again, and none of them is garbage."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CrosswalkError(path, f"cannot be read: {error.strerror}; name a readable file") from error
    except UnicodeDecodeError as error:
        raise CrosswalkError(path, "is not UTF-8") from error

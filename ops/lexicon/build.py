"""Build: the brand names of the public name-suggestion-index, normalised and led to our categories."""

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, NamedTuple, TypedDict

from ops.lexicon.choices import OPERATOR_TAGS, ORDINARY_WORDS, SIDE_TAGS, SKIPPED_TAGS
from schemas.crosswalks.crosswalk import Brand, Strength
from schemas.text.descriptor import norm_desc
from schemas.text.folding import fold
from schemas.text.places import CITIES, REGIONS
from schemas.text.words import GENERIC_WORDS, LEGAL_SUFFIXES, NUMBER_WORDS, PREPOSITIONS

_NAME_TAGS: Final = ("name", "brand", "name:en", "brand:en", "short_name", "alt_name", "official_name", "operator")
_BRACKETS: Final = re.compile(r"\s*[(\uff08].*")
_MIN_LETTERS: Final = 4
_SHORT_LETTERS: Final = 6
_ORDINARY_NAMES: Final = 3  # other names that hold the word
_WORLD: Final = "001"
_EUROPE: Final = "at be bg ch cy cz de dk ee es fi fr gb gr hr hu ie is it lt lu lv mt nl no pl pt ro se si sk"


class IndexItem(TypedDict, total=False):
    """One brand of the index, as far as it is read here."""

    displayName: str
    matchNames: list[str]
    locationSet: dict[str, list[object]]
    tags: dict[str, str]


class IndexSection(TypedDict):
    """All brands of one tag; its name is ``tree/key/value``."""

    items: list[IndexItem]


class Meaning(NamedTuple):
    """One item's word on a name."""

    category: str  # the default category's name
    countries: frozenset[str]  # empty: everywhere
    is_side: bool


def build_brands(
    index: Mapping[str, IndexSection],
    *,
    tag_categories: Mapping[str, str],
    known: Iterable[Brand],
    ordinary: Collection[str] = (),
) -> list[Brand]:
    """Return the vocabulary sorted by name; names chosen by hand silence the index.

    A name chosen by hand without countries gets those that the index has for this name and category. It is ordinary if
    it is one word that has at most three letters or is one of ``ordinary``.

    Dropped from the index: names that do not fold to plain letters, that are too short, that are ordinary words
    (chosen by hand, or single words that stand in several other names), that normalisation would change, and
    names with several categories of which none is the main business in its own countries.
    """
    by_hand = {brand.name: brand for brand in known}
    meanings: dict[str, set[Meaning]] = defaultdict(set)
    for tag, is_operator, item in _items(index):
        category = tag_categories.get(tag)
        if category is None or tag in SKIPPED_TAGS or (is_operator and tag not in OPERATOR_TAGS):
            continue
        countries = _countries(item)
        for name in _names(item):
            meanings[name].add(Meaning(category, countries, tag in SIDE_TAGS))
    holders = Counter(word for name in meanings for word in set(name.split()))
    brands = [_by_hand(brand, meanings.get(brand.name, set()), ordinary) for brand in by_hand.values()]
    for name, said in meanings.items():
        if name in by_hand or not _is_telling(name, holders):
            continue
        brands.extend(_resolve(name, said))
    return sorted(brands)


def _by_hand(brand: Brand, said: set[Meaning], ordinary: Collection[str]) -> Brand:
    """Return a brand chosen by hand with the index's countries, and whether its name is an ordinary word."""
    is_ordinary = " " not in brand.name and (len(brand.name) < _MIN_LETTERS or brand.name in ordinary)
    alike = [meaning.countries for meaning in said if meaning.category == brand.default]
    is_worldwide = not alike or not all(alike)
    return brand._replace(
        strength=Strength.ORDINARY if is_ordinary else brand.strength,
        countries=brand.countries if brand.countries or is_worldwide else frozenset().union(*alike),
    )


def write_brands(brands: Iterable[Brand]) -> str:
    """Return the vocabulary as CSV."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["name", "category", "strength", "countries"])
    for brand in brands:
        countries = " ".join(sorted(brand.countries)).lower()
        rows.writerow([brand.name, brand.default, brand.strength.value, countries])
    return text.getvalue()


def _items(index: Mapping[str, IndexSection]) -> Iterator[tuple[str, bool, IndexItem]]:
    for path, section in index.items():
        tree, _, tag = path.partition("/")
        if tree in {"brands", "operators", "transit"}:
            for item in section["items"]:
                yield tag, tree == "operators", item


def _names(item: IndexItem) -> set[str]:
    tags = item.get("tags", {})
    raw = [item.get("displayName", ""), *item.get("matchNames", []), *(tags.get(key, "") for key in _NAME_TAGS)]
    names: set[str] = set()
    for text in raw:
        for part in text.split(";"):
            folded = fold(_BRACKETS.sub("", part))
            name = norm_desc(folded)
            # A name that normalisation cuts short is only kept where what goes is a legal form.
            lost = folded.split()[len(name.split()) :]
            if name.isascii() and folded.startswith(name) and LEGAL_SUFFIXES.issuperset(lost):
                names.add(name)
    return names - {""}


def _countries(item: IndexItem) -> frozenset[str]:
    """Return the countries of an item; anything that is not a country is read as everywhere or as its country."""
    countries: set[str] = set()
    for place in item.get("locationSet", {}).get("include", []):
        if not isinstance(place, str) or place == _WORLD:
            return frozenset()
        code = place.lower().split("-")[0].removesuffix(".geojson")
        if code == "150":
            countries.update(_EUROPE.split())
        elif code.isdigit() or len(code) != 2:
            return frozenset()
        else:
            countries.add(code)
    return frozenset(code.upper() for code in countries)


def _is_telling(name: str, holders: Counter[str]) -> bool:
    words = name.split()
    empty = ORDINARY_WORDS | GENERIC_WORDS | NUMBER_WORDS | PREPOSITIONS | CITIES | REGIONS
    telling = [word for word in words if word not in empty and not word.isdigit()]
    letters = sum(map(len, words))
    if not telling or letters < _MIN_LETTERS or name in CITIES:
        return False
    if len(words) == 1:
        return holders[name] <= (_ORDINARY_NAMES if letters < _SHORT_LETTERS + 2 else _ORDINARY_NAMES * 4)
    return max(map(len, telling)) > 2 or len(words) > 2


def _resolve(name: str, said: set[Meaning]) -> Iterator[Brand]:
    """Yield the name once for each category it has somewhere, where countries keep them apart."""
    main = {meaning for meaning in said if not meaning.is_side} or said
    countries: dict[str, set[str]] = defaultdict(set)
    everywhere: set[str] = set()
    for meaning in main:
        countries[meaning.category].update(meaning.countries)
        if not meaning.countries:
            everywhere.add(meaning.category)
    if len(countries) == 1:
        category = next(iter(countries))
        here = frozenset[str]() if everywhere else frozenset(countries[category])
        yield Brand(name, category, Strength.INDEX, here)
        return
    if everywhere:
        return
    for category, codes in countries.items():
        others = set[str]().union(*(codes for other, codes in countries.items() if other != category))
        if codes - others:
            yield Brand(name, category, Strength.INDEX, frozenset(codes - others))

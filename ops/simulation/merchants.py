"""Merchants: brand outlets, invented local shops and web shops, and who sells in which town."""

from dataclasses import dataclass
from random import Random
from typing import Final

from ops.simulation.brands import ChosenBrands
from ops.simulation.merchant_types import TRADE_BY_CATEGORY, Trade
from ops.simulation.places import COUNTRIES, City, Country
from ops.simulation.rng import Weighted, dice, pick, weighted, zipf
from ops.simulation.wording import print_merchant


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


IN_VOCABULARY: Final = 0.7  # of a chain's purchases; the other chains are too small for any list of brands
LOCALS_PER_TOWN: Final = 18
# Codes that acquirers give to nearly anything.
VAGUE_MCCS: Final = ("5999", "7399", "8999", "7299", "5399", "5311", "7999")
ADJECTIVES: Final = _words(
    "Old Golden Blue Red Little Royal Green Silver Happy Corner Northern Sunny Urban First Prime Village Grand "
    "Wild White Black Bright Lucky Central Riverside"
)
NOUNS: Final = _words(
    "Mill Lion Anchor Oak Harbour Barn Garden Crown Fox Bridge Station Temple Orchard Swan Bell Forge Lantern "
    "Willow Hive Meadow Pearl Compass Kitchen Church Bank Market"
)
FIRMS: Final = ("& Sons", "& Co", "Ltd", "Bros", "Group", "Trading", "", "", "Inc", "Partners")
FIRMS_DE: Final = ("GmbH", "& Soehne", "KG", "e.K.", "GbR", "", "")


@dataclass(frozen=True, slots=True)
class Merchant:
    """One shop in one town; ``ledger`` is what bookkeeping rules call it, right or wrong."""

    name: str
    text: str
    category: str
    ledger: str
    mcc: str
    price: float
    is_online: bool
    country: str


def invent_name(trade: Trade, country: Country, city: City | None, rng: Random) -> str:
    """Return a local shop's name; four in ten say nothing of the trade."""
    german = country.language == "de"
    word = pick(trade.de if german else trade.en, rng.random())
    surname = pick(country.surnames, rng.random())
    at = rng.random()
    if at < 0.27:
        return f"{surname} {word}"
    if at < 0.33:
        return f"{surname}s {word}" if not german else f"{word} {surname}"
    if at < 0.45:
        return f"{pick(ADJECTIVES, rng.random())} {pick(NOUNS, rng.random())} {word}"
    if at < 0.53:
        return f"{pick(ADJECTIVES, rng.random())} {word}"
    if at < 0.60:
        return f"{city.name} {word}" if city else f"My{word.replace(' ', '')}"
    if at < 0.82:
        return f"{surname} {pick(FIRMS_DE if german else FIRMS, rng.random())}".rstrip()
    return f"The {pick(ADJECTIVES, rng.random())} {pick(NOUNS, rng.random())}"


def open_shop(name: str, trade: Trade, country: Country, city: City | None, rng: Random) -> Merchant:
    """Return a shop of that name with its line on statements, its MCC and its price level."""
    vague = rng.random() < 0.16
    wrong = rng.random() < 0.05
    return Merchant(
        name=name,
        text=print_merchant(name, country=country, city=city, rng=rng),
        category=trade.category,
        ledger=pick(trade.others, rng.random()) if wrong else trade.category,
        mcc=pick(VAGUE_MCCS if vague else trade.mccs, rng.random()),
        price=0.6 + 0.9 * rng.random(),
        is_online=city is None,
        country=country.code,
    )


def invent_shop(category: str, country: Country, city: City, rng: Random) -> Merchant:
    """Return a shop that nobody has bought at before, of a few million possible ones."""
    trade = TRADE_BY_CATEGORY[category]
    place = None if rng.random() < trade.online else city
    return open_shop(invent_name(trade, country, place, rng), trade, country, place, rng)


class Town:
    """The shops that people of one town buy at, each pool built when it is first asked for."""

    def __init__(self, seed: int, country: Country, city: City, brands: ChosenBrands) -> None:
        self.country = country
        self.city = city
        self._seed = seed
        self._brands = brands
        self._pools: dict[str, Weighted[Merchant]] = {}

    def shops(self, category: str) -> Weighted[Merchant]:
        """Return the town's shops and the country's web shops of a category, by Zipf's law."""
        pool = self._pools.get(category)
        if pool is None:
            pool = self._pools[category] = self._build(TRADE_BY_CATEGORY[category])
        return pool

    def _build(self, trade: Trade) -> Weighted[Merchant]:
        pairs: list[tuple[Merchant, float]] = []
        # Web shops belong to the country: the same ones stand in every town's pool.
        for city, share in ((self.city, 1.0 - trade.online), (None, trade.online)):
            rng = dice(self._seed, "shops", self.country.code, city.name if city else "web", trade.category)
            brands = self._brands.names(self.country.code, trade.category)
            brand_share = IN_VOCABULARY * trade.brand if brands else 0.0
            named = [(name, brand_share) for name in brands]
            locals_ = [invent_name(trade, self.country, city, rng) for _ in range(LOCALS_PER_TOWN)]
            for names in (named, [(name, 1.0 - brand_share) for name in locals_]):
                total = sum(zipf(rank) for rank in range(len(names)))
                for rank, (name, part) in enumerate(names):
                    shop = open_shop(name, trade, self.country, city, rng)
                    pairs.append((shop, share * part * zipf(rank) / total))
        return weighted(pairs)


def build_towns(seed: int, brands: ChosenBrands) -> dict[str, tuple[Town, ...]]:
    """Return every town by country code."""
    return {country.code: tuple(Town(seed, country, city, brands) for city in country.cities) for country in COUNTRIES}

"""Merchant types: what shops of each default category are called, what they charge; the data is ``trades.yml``.

Categories are names of the default taxonomy everywhere in the simulation, so that a seed gives the same history under
every taxonomy; what is written of them goes through the mapping of this process's one, in ``labels``.
"""

from pathlib import Path
from typing import Final

import msgspec
import yaml
from msgspec import Struct

FILE: Final = Path(__file__).parent / "trades.yml"
CONFUSED_FILE: Final = Path(__file__).parent / "confused.yml"


class Trade(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of spending at a till or a web shop; its fields are explained in the file."""

    category: str
    rate: float
    rest: float
    gifts: float
    summer: float
    brand: float
    online: float
    median: float
    sigma: float
    hours: tuple[int, int, int]
    mccs: tuple[str, ...]
    en: tuple[str, ...]
    de: tuple[str, ...]
    others: tuple[str, ...]
    drivers: float = 1.0
    pedestrians: float = 1.0
    commuted: bool = False
    billed: tuple[str, ...] = ()


TRADES: Final = msgspec.convert(yaml.safe_load(FILE.read_text(encoding="utf-8")), tuple[Trade, ...])
TRADE_BY_CATEGORY: Final = {trade.category: trade for trade in TRADES}
# What labellers mistake a category for: of what is sold, what the same merchants sell besides.
CONFUSED: Final = {trade.category: trade.others for trade in TRADES} | msgspec.convert(
    yaml.safe_load(CONFUSED_FILE.read_text(encoding="utf-8")), dict[str, tuple[str, ...]]
)

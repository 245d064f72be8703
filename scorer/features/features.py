"""Features: one definition of what the trees see, for training and serving alike.

``numerics`` is row-local and is what the warehouse keeps; ``assemble`` joins it with text scores and merchant facts.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.events.transaction import Channel, Transaction
from schemas.taxonomy import CATEGORIES
from schemas.text.descriptor import Descriptor

FEATURE_VERSION: Final = "4"
NUMERIC_NAMES: Final = (
    "log_amount",
    "sign",
    "cents",
    "is_round",
    "is_just_below",  # .99 and .95, the pence of shop prices
    "hour",
    "weekday",
    "day",
    "characters",
    "words",
    "between_people",
    "mcc_category",  # index, -1 where there is none
    "channel",  # index, -1 where there is none
)
TEXT_FLOOR: Final = -8.0  # log-probability below which a category counts as ruled out
PRIOR_STRENGTH: Final = 2.0  # labels that a merchant needs before its history counts for half
KNOWN_WEIGHT: Final = 3.0  # what an exact brand or an MCC adds to the evidence of n-grams, in logits

Floats = npt.NDArray[np.float32]

_CATEGORY_COUNT: Final = len(CATEGORIES)
_CHANNELS: Final = tuple(Channel)
_CHANNEL_INDEX: Final = {channel: index for index, channel in enumerate(_CHANNELS)}
_MCC: Final = NUMERIC_NAMES.index("mcc_category")
_CHANNEL: Final = NUMERIC_NAMES.index("channel")
_PLAIN: Final = _MCC  # the columns before it are numbers, from it on they are codes
_EPOCH_WEEKDAY: Final = 3  # 1970-01-01 was a Thursday; Monday is 0
_GRID: Final = np.float32(1024)  # on a grid of 1/1024 a threshold between two values is exact in float32 too
_BETWEEN_PEOPLE: Final = frozenset(  # a list of one word a line would be a page
    """
    venmo zelle cashapp revolut wise monzo p2p transfer tfr trf xfer transferred sent payid osko interac etransfer bizum
    swish vipps twint mobilepay paym ewallet sendmoney remittance ueberweisung uberweisung virement
    """.split()  # noqa: SIM905
)

FEATURE_NAMES: Final = (
    *(f"text {category}" for category in CATEGORIES),
    *(f"vocabulary {category}" for category in CATEGORIES),
    *(f"prior {category}" for category in CATEGORIES),
    *(f"mcc {category}" for category in CATEGORIES),
    *(f"channel {channel}" for channel in _CHANNELS),
    "brand_known",
    "support",
    *NUMERIC_NAMES[:_PLAIN],
)


def numerics(
    transactions: Sequence[Transaction], descriptors: Sequence[Descriptor], *, mcc: Mapping[str, int]
) -> Floats:
    """Return float32 [rows, len(NUMERIC_NAMES)]; ``mcc`` maps merchant category codes to category indices."""
    count = len(transactions)
    out = np.empty((count, len(NUMERIC_NAMES)), dtype=np.float32)
    amount = np.array([float(t.amount) for t in transactions], dtype=np.float64)
    size = np.abs(amount)
    cents = np.rint(size * 100.0) % 100.0
    seconds = np.floor(np.array([t.occurred_at.timestamp() for t in transactions], dtype=np.float64)).astype(np.int64)
    days = seconds // 86_400
    dates = days.astype("datetime64[D]")
    out[:, 0] = np.log1p(size)
    out[:, 1] = np.sign(amount)
    out[:, 2] = cents
    out[:, 3] = cents == 0
    out[:, 4] = (cents == 99) | (cents == 95)
    out[:, 5] = (seconds - days * 86_400) // 3600
    out[:, 6] = (days + _EPOCH_WEEKDAY) % 7
    out[:, 7] = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
    out[:, 8:11] = np.array([_count_words(one.norm) for one in descriptors], dtype=np.float32).reshape(count, 3)
    out[:, _MCC] = [-1 if t.mcc is None else mcc.get(t.mcc, -1) for t in transactions]
    out[:, _CHANNEL] = [-1 if t.channel is None else _CHANNEL_INDEX[t.channel] for t in transactions]
    return out


@lru_cache(maxsize=16_384)  # wordings repeat
def _count_words(norm: str) -> tuple[int, int, bool]:
    """Return the characters, the words, and whether one of them says that the money went from person to person."""
    words = norm.split()
    return len(norm), len(words), not _BETWEEN_PEOPLE.isdisjoint(words)


def log_probabilities(scores: Floats) -> Floats:
    """Return the log-softmax of linear text scores [rows, categories], no lower than ``TEXT_FLOOR``."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return on_grid(np.maximum(shifted, np.float32(TEXT_FLOOR)))


def assemble(
    *,
    text: Floats,
    vocabulary: Floats,
    brands: npt.NDArray[np.int64],
    prior: Floats,
    support: Floats,
    numeric: Floats,
) -> Floats:
    """Return float32 [rows, len(FEATURE_NAMES)], on a grid of 1/1024.

    ``text`` are log-probabilities of the text model, ``vocabulary`` the evidence of n-grams, both [rows, categories];
    ``brands`` the category index of an exact brand or -1; ``prior`` and ``support`` what is known of the merchant.
    """
    mcc = _one_hot(numeric[:, _MCC], _CATEGORY_COUNT)
    brand = _one_hot(brands, _CATEGORY_COUNT)
    known = np.float32(KNOWN_WEIGHT) * (mcc + brand)
    trust = (support / (support + np.float32(PRIOR_STRENGTH)))[:, None]
    blocks = (
        text,
        vocabulary + known,
        prior * trust,
        mcc,
        _one_hot(numeric[:, _CHANNEL], len(_CHANNELS)),
        (brands >= 0).astype(np.float32)[:, None],
        np.log1p(support)[:, None],
        numeric[:, :_PLAIN],
    )
    return on_grid(np.concatenate(blocks, axis=1, dtype=np.float32))


def on_grid(values: Floats) -> Floats:
    """Return the values rounded to multiples of 1/1024."""
    rounded: Floats = np.rint(values * _GRID) / _GRID
    return rounded


def _one_hot(codes: npt.NDArray[np.generic], width: int) -> Floats:
    """Return float32 [rows, width] with a 1 at each code; a code outside 0 to width - 1 leaves its row empty."""
    hot: Floats = (codes.astype(np.int64)[:, None] == np.arange(width)).astype(np.float32)
    return hot

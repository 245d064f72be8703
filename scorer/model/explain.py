"""Explain: what an answer of a model rests on, in words that a user may read.

Brand, merchant category code, the merchant's own history and the word that speaks loudest. Wordings repeat, so each is
put into words once: the answer to the next transaction of the same merchant costs a look-up.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.events.candidate import Explanation, ExplanationKind
from schemas.taxonomy import CATEGORIES, DISPLAY_NAMES
from schemas.text.descriptor import Descriptor
from scorer.model.known_words import WordingEvidence
from scorer.model.model import Model
from scorer.model.token_hashing import hash_texts

MAX_REMEMBERED: Final = 20_000  # explained answers, and words, that are remembered
MIN_WORD: Final = 3
LOUD: Final = float(np.log(2.0))  # a word that makes a category less than twice as likely is no evidence
MAX_SHOWN: Final = 40  # letters of a word or brand
_COUNT: Final = len(CATEGORIES)

Explanations = tuple[Explanation, ...]
_Key = tuple[str, str, str | None, int]


class Explainer:
    """Puts the answers of one model into words; may be called from several threads."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._nothing = _lift(model, [""])[0]
        self._explained: dict[_Key, Explanations] = {}
        self._words: dict[str, npt.NDArray[np.float32]] = {}

    def explain(
        self, descriptors: Sequence[Descriptor], mccs: Sequence[str | None], best: Sequence[int]
    ) -> list[Explanations]:
        """Return the evidence for category ``best[i]`` of row i, the most telling first; never an empty tuple."""
        keys = [
            (descriptor.norm, descriptor.merchant_key, mcc, category)
            for descriptor, mcc, category in zip(descriptors, mccs, best, strict=True)
        ]
        explained = self._explained
        missing = [key for key in dict.fromkeys(keys) if key not in explained]
        if not missing:
            return [explained[key] for key in keys]
        if len(explained) + len(missing) > MAX_REMEMBERED:
            explained = {key: explained[key] for key in keys if key in explained}
        lifts = self._lifts([word for key in missing for word in _shown(key[0])])
        explained.update((key, self._explain(key, lifts)) for key in missing)
        self._explained = explained
        return [explained[key] for key in keys]

    def _explain(self, key: _Key, lifts: dict[str, npt.NDArray[np.float32]]) -> Explanations:
        norm, merchant, mcc, category = key
        name = DISPLAY_NAMES[CATEGORIES[category]]
        vocabulary = self._model.vocabulary
        found = []
        brand = vocabulary.find_brand(norm)
        if brand is not None and vocabulary.brands[brand] == category:
            found.append(Explanation(ExplanationKind.BRAND, f"“{_short(brand)}” is a known name in {name}"))
        if (history := self._history(merchant, category)) is not None:
            found.append(Explanation(ExplanationKind.HISTORY, f"{history} of this merchant were {name}"))
        if mcc is not None and vocabulary.mcc.get(mcc) == category:
            found.append(Explanation(ExplanationKind.MCC, f"the merchant category code {mcc} stands for {name}"))
        told = [(float(lifts[word][category]), word) for word in _shown(norm) if word in lifts]
        loud = max(told, default=(0.0, ""))
        if loud[0] >= LOUD and loud[1] != brand:
            found.append(Explanation(ExplanationKind.WORD, f"the word “{_short(loud[1])}” speaks for {name}"))
        if not found:
            is_known = brand is not None or self._model.priors.look_up([merchant])[1][0] > 0
            is_known = is_known or self._model.known_words.evidence([norm])[0] > WordingEvidence.NONE
            typical = f"wording, merchant and amount are typical of {name}"
            text = typical if is_known else "nothing in this wording was seen in training"
            found.append(Explanation(ExplanationKind.TEXT, text))
        return tuple(found)

    def _history(self, merchant: str, category: int) -> str | None:
        """Return "n of N earlier labels", None for a merchant that never had this one."""
        shares, support = self._model.priors.look_up([merchant])
        labels = round(float(support[0]))
        hits = round(float(shares[0, category]) * labels)
        return f"{hits} of {labels} earlier label{'' if labels == 1 else 's'}" if hits else None

    def _lifts(self, words: Sequence[str]) -> dict[str, npt.NDArray[np.float32]]:
        """Return how much more likely each word alone makes each category, in logits float32 [categories].

        Words that training never saw are left out: what the model says of one is a collision of its hashes.
        """
        known = self._words
        missing = [word for word in dict.fromkeys(words) if word not in known]
        seen = self._model.known_words.contains(missing)
        missing = [word for word, is_seen in zip(missing, seen.tolist(), strict=True) if is_seen]
        if not missing:
            return known
        if len(known) + len(missing) > MAX_REMEMBERED:
            known = {word: known[word] for word in dict.fromkeys(words) if word in known}
        known.update(zip(missing, _lift(self._model, missing) - self._nothing, strict=True))
        self._words = known
        return known


def _lift(model: Model, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    scores = model.text.scores(hash_texts(texts))
    labels, evidence = scores[:, :_COUNT], scores[:, _COUNT:]
    shifted = labels - labels.max(axis=1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return np.asarray(shifted + evidence, dtype=np.float32)


def _shown(norm: str) -> list[str]:
    """Return the words that can be shown: long enough, and no number."""
    return [word for word in norm.split() if len(word) >= MIN_WORD and word.isalpha()]


def _short(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"

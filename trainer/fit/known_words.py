"""Known words: the fingerprints of the words and 4-grams that a training has seen."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from scorer.model.known_words import KnownWords
from scorer.model.token_hashing import fingerprint_grams, fingerprint_words
from trainer.fit.lexicon_fit import MIN_DOCUMENT_FREQUENCY as MIN_ENTRIES
from trainer.fit.text_design import MIN_DOCUMENT_FREQUENCY as MIN_TEXTS

MAX_WORDS: Final = 1 << 18  # 2 MiB of fingerprints; the most frequent are kept
MIN_WORD: Final = 3  # of ASCII letters: chance finds shorter ones
MIN_OTHER_WORD: Final = 2  # where an alphabet has thousands of letters, two are a word


def learn_words(norms: Iterable[str], documents: Iterable[str]) -> KnownWords:
    """Return what a training sees in its normalised wordings and in the lexicon's entries, each text once.

    A word is learnt where it holds a letter and is long enough, a 4-gram where as many texts have it as a weight of its
    own asks for.
    """
    texts, named = sorted(set(norms)), sorted(set(documents))
    counts = Counter(word for text in (*texts, *named) for word in set(text.split()) if _is_telling(word))
    words = sorted(counts, key=lambda word: (-counts[word], word))[:MAX_WORDS]
    grams = (_grams(texts, MIN_TEXTS), _grams(named, MIN_ENTRIES))
    return KnownWords(np.unique(fingerprint_words(words).prints), np.unique(np.concatenate(grams)))


def _is_telling(word: str) -> bool:
    shortest = MIN_WORD if word.isascii() else MIN_OTHER_WORD
    return len(word) >= shortest and not word.isdigit()


def _grams(texts: Sequence[str], at_least: int) -> npt.NDArray[np.uint64]:
    """Return the fingerprints of the 4-grams that enough of the texts have, of all texts where they are fewer."""
    found = fingerprint_grams(texts)
    order = np.lexsort((found.row, found.prints))
    prints, row = found.prints[order], found.row[order]
    is_new = np.append(True, (prints[1:] != prints[:-1]) | (row[1:] != row[:-1]))[: prints.size]
    names, texts_with = np.unique(prints[is_new], return_counts=True)
    return np.asarray(names[texts_with >= min(at_least, max(len(texts), 1))], dtype=np.uint64)

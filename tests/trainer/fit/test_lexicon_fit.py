"""Evidence fit: what names and words say of wordings that nobody has labelled."""

import numpy as np
import pytest

from schemas.taxonomy import CATEGORIES, Category
from scorer.model.lexicon import Document
from scorer.model.text_model import TextModel
from scorer.model.token_hashing import BUCKETS, hash_texts
from trainer.fit.lexicon_fit import fit_lexicon

HEALTH, DINING = CATEGORIES.index(Category("Health")), CATEGORIES.index(Category("Dining"))
IDF = np.ones(BUCKETS, np.float32)
DOCUMENTS = [
    Document("corner pharmacy", HEALTH),
    Document("city pharmacy", HEALTH),
    Document("village pharmacy", HEALTH),
    Document("luigi pizza", DINING),
]


def evidence(documents: list[Document], asked: list[str]) -> np.ndarray:
    weights, intercept = fit_lexicon(documents, hash_texts([document.text for document in documents]), IDF)
    return TextModel(weights, IDF, intercept, np.zeros((BUCKETS, len(CATEGORIES)), np.float32)).scores(
        hash_texts(asked)
    )


def test_words_speak_for_their_category_in_names_never_seen() -> None:
    scores = evidence(DOCUMENTS, ["old pharmacy", "pizzaria napoli", "zzz"])
    assert scores[0].argmax() == HEALTH
    assert scores[1].argmax() == DINING
    assert np.ptp(scores[2]) < np.ptp(scores[0])
    assert scores.sum(axis=1) == pytest.approx(0, abs=1e-4)


def test_a_category_without_a_document_has_no_evidence() -> None:
    silent = [place for place in range(len(CATEGORIES)) if place not in (HEALTH, DINING)]
    assert not evidence(DOCUMENTS, ["old pharmacy"])[:, silent].any()


@pytest.mark.parametrize("documents", [[], DOCUMENTS[:2]], ids=["none", "one category"])
def test_with_nothing_to_tell_apart_there_is_no_evidence(documents: list[Document]) -> None:
    assert not evidence(documents, ["corner pharmacy"]).any()


def test_many_documents_of_a_category_do_not_drown_a_few() -> None:
    shops = [Document(f"house of {chr(97 + number)}{chr(98 + number % 7)}", HEALTH) for number in range(20)]
    scores = evidence([*shops, *[Document("house pizza", DINING)] * 3], ["pizza corner"])
    assert scores[0].argmax() == DINING

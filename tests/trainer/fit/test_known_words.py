"""Words that training saw: what is known of a wording, what an invented one comes to, and that no word is made up."""

import functools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from schemas.events.candidate import ExplanationKind
from schemas.events.transaction import Channel, Transaction
from schemas.taxonomy import Category
from schemas.text.descriptor import build_descriptor
from scorer.model.explain import Explainer
from scorer.model.known_words import KnownWords, WordingEvidence
from scorer.model.thresholds import Threshold
from scorer.release.manifest import GOLDEN
from scorer.release.release import Release, build_release
from tests.support.small_dataset import DOCUMENTS, VOCABULARY, folds, release, trained
from trainer.dataset.lexicon import read_vocabulary
from trainer.evaluation.nonsense import fragments_threshold, nonsense
from trainer.fit.known_words import learn_words

LEARNT = learn_words(
    ["starbucks coffee", "starbucks", "supermarket", "supermarket berlin", "渋谷 カフェ", "st albans", "42", "lidl"],
    ["pharmacy", "getraenkemarkt"],
)
LINES = 1_000
LETTERS = "abcdefghijklmnopqrstuvwxyz"
VOWELS, CONSONANTS = "aeiouy", "bcdfghjklmnpqrstvwxz"


@pytest.mark.parametrize(
    ("norm", "evidence"),
    [
        ("starbucks 12", WordingEvidence.WORDS),
        ("xyzzy coffee", WordingEvidence.WORDS),
        ("pharmacy", WordingEvidence.WORDS),
        ("渋谷", WordingEvidence.WORDS),
        ("starbukcs", WordingEvidence.FRAGMENTS),
        ("starbuckss", WordingEvidence.FRAGMENTS),
        ("supermarkt", WordingEvidence.FRAGMENTS),
        ("xyzzy quux", WordingEvidence.NONE),
        ("starship", WordingEvidence.NONE),
        ("st", WordingEvidence.NONE),
        ("42", WordingEvidence.NONE),
        ("", WordingEvidence.NONE),
        ("ыъщжю", WordingEvidence.NONE),
    ],
)
def test_what_is_known_of_a_wording(norm: str, evidence: WordingEvidence) -> None:
    assert LEARNT.evidence([norm]).tolist() == [evidence]


def test_a_wording_is_known_the_same_in_any_company() -> None:
    norms = ["", "starbucks", "xyzzy", "", "starbuckss lidl", "quux"]
    together = LEARNT.evidence(norms).tolist()
    assert together == [int(LEARNT.evidence([norm])[0]) for norm in norms]
    assert LEARNT.evidence([]).tolist() == []
    assert learn_words([], []).evidence(norms).tolist() == [WordingEvidence.NONE] * len(norms)


def test_known_words_survive_their_file_and_damage_is_noticed() -> None:
    again = KnownWords.from_bytes(LEARNT.to_bytes())
    assert np.array_equal(again.words, LEARNT.words)
    assert np.array_equal(again.grams, LEARNT.grams)
    with pytest.raises(ValueError, match="ascending order"):
        KnownWords.from_bytes(KnownWords(LEARNT.words[::-1], LEARNT.grams).to_bytes())
    with pytest.raises(ValueError, match="not uint64"):
        KnownWords.from_bytes(KnownWords(LEARNT.words, LEARNT.grams.astype(np.uint32)).to_bytes())


def of_letters(letters: str, shortest: int = 4) -> Callable[[np.random.Generator], str]:
    return lambda dice: "".join(dice.choice(list(letters), size=int(dice.integers(shortest, 11))))


def spoken(dice: np.random.Generator) -> str:
    turn = int(dice.integers(2))
    size = int(dice.integers(4, 11))
    return "".join(dice.choice(list(VOWELS if (turn + place) % 2 else CONSONANTS)) for place in range(size))


INVENTED = {
    "letters": of_letters(LETTERS),
    "letters and digits": of_letters(LETTERS + "0123456789"),
    "that can be spoken": spoken,
    "Cyrillic": of_letters("абвгдежзийклмнопрстуфхцчшщъыьэюя"),
    "Greek": of_letters("αβγδεζηθικλμνξοπρστυφχψω"),
    "Chinese": of_letters("".join(map(chr, range(0x4E00, 0x9FA5))), 2),
    "Arabic": of_letters("".join(map(chr, range(0x0627, 0x064B)))),
}


def lines_of(word: Callable[[np.random.Generator], str], *, count: int = LINES) -> list[str]:
    dice = np.random.default_rng(17)
    return [" ".join(word(dice) for _ in range(int(dice.integers(1, 4)))) for _ in range(count)]


def asked(lines: Sequence[str], *, mcc: str | None = None) -> list[Transaction]:
    return [
        Transaction(
            schema_version="1.0",
            txn_id=f"t{number}",
            user_id="u",
            account_id="a",
            occurred_at=datetime(2026, 1, 2, 12, tzinfo=UTC),
            amount="-12.50",
            currency="GBP",
            description=line,
            mcc=mcc,
            channel=Channel.POS,
        )
        for number, line in enumerate(lines)
    ]


def eager() -> Release:
    """Return the release with a bar that every confidence reaches, where its evidence allows any."""
    loaded = build_release(release()[1], name="x")
    bars = {category: Threshold(value=0.0) for category in Category}
    measured = fragments_threshold(loaded.model, folds().calibrate, seed=7)
    thresholds = msgspec.structs.replace(loaded.thresholds, by_category=bars, fragments=measured)
    return Release(loaded.manifest, loaded.model, thresholds)


def seen_words() -> set[str]:
    texts = [*folds().train.norms, *(document.text for document in DOCUMENTS)]
    return {word for text in texts for word in text.split()}


@pytest.mark.parametrize("word", INVENTED.values(), ids=INVENTED.keys())
@pytest.mark.parametrize("mcc", [None, "5411"], ids=["without a code", "with a code"])
def test_no_invented_line_is_accepted_or_explained_by_a_word_that_nobody_wrote(
    word: Callable[[np.random.Generator], str], mcc: str | None
) -> None:
    known = seen_words()
    lines = [line for line in lines_of(word) if known.isdisjoint(line.split())]
    assert len(lines) > 0.97 * LINES
    rows = asked(lines, mcc=mcc)
    described = [build_descriptor(row) for row in rows]
    for asks in (build_release(release()[1], name="x"), eager()):
        answers = asks.answer(rows, described)
        assert not answers.accepted.any(), [lines[row] for row in np.flatnonzero(answers.accepted)]
    told = Explainer(asks.model).explain(described, [mcc] * len(rows), answers.best.tolist())
    kinds = {explanation.kind for explanations in told for explanation in explanations}
    assert ExplanationKind.WORD not in kinds
    assert ExplanationKind.BRAND not in kinds


def test_a_known_word_is_accepted_beside_an_unknown_one() -> None:
    rows = asked(["XYZZY PIZZERIA", "LUIGI PIZZERIA"])
    described = [build_descriptor(row) for row in rows]
    answers = eager().answer(rows, described)
    assert answers.accepted.all()
    assert [list(Category)[best] for best in answers.best] == [Category("Dining")] * 2
    told = Explainer(trained().model).explain(described[:1], [None], [int(answers.best[0])])
    assert [explanation.text for explanation in told[0]] == ["the word “pizzeria” speaks for Dining"]


@pytest.mark.parametrize(
    "norm", ["resturant", "suppermarket", "pharmacyy", "hairdreser", "restaurantt luigi", "autowerkstat"]
)
def test_a_misspelt_word_of_the_shipped_vocabulary_is_known_by_its_fragments(norm: str) -> None:
    assert shipped().evidence([norm]).tolist() == [WordingEvidence.FRAGMENTS]


@functools.cache
def shipped() -> KnownWords:
    return learn_words([], [document.text for document in read_vocabulary()[1]])


def test_merchants_without_a_history_are_not_served_where_hardly_any_was_seen() -> None:
    few = int((~trained().scored_fold.is_known).sum())
    assert few < 100
    bars = trained().thresholds
    assert bars.unknown is not None
    assert "fewer than 100 rows of 8 merchants without a history" in bars.unknown.note
    rows = asked(["XYZZY PIZZERIA", "BRAND NEW HOTEL"])
    assert (
        not build_release(release()[1], name="x").answer(rows, [build_descriptor(row) for row in rows]).accepted.any()
    )


def test_what_is_not_known_says_so_and_names_no_word() -> None:
    (row,) = asked(["XYZZY QUUX"])
    told = Explainer(trained().model).explain([build_descriptor(row)], [None], [0])
    assert [explanation.text for explanation in told[0]] == ["nothing in this wording was seen in training"]


def test_golden_rows_hold_words_that_nobody_wrote_and_misspelt_ones() -> None:
    rows = {
        row["transaction"]["description"]: row for row in map(msgspec.json.decode, release()[1][GOLDEN].splitlines())
    }
    assert rows["XYZZY QUUX"]["evidence"] == WordingEvidence.NONE
    assert "STARBUKCS COFEE" in rows


def test_nonsense_can_be_spoken_and_a_release_asks_for_more_than_it_reaches() -> None:
    lines = nonsense(folds().calibrate.norms, count=50, seed=1)
    assert lines == nonsense(folds().calibrate.norms, count=50, seed=1)
    assert len(set(lines)) > 45
    assert nonsense((), count=2, seed=1)
    bar = fragments_threshold(trained().model, folds().calibrate, seed=7)
    assert 0.5 <= bar < 1.0
    assert trained().thresholds.fragments == bar
    assert VOCABULARY.brands

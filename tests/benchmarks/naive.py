"""Naive: the same work as one would write it first, a message at a time, for comparison.

pydantic validates each message, a loop tries one regex after the other, scikit-learn vectorises each text, the booster
predicts each row, and the events are written by ``json``.
"""

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import islice

import lightgbm
import numpy as np
from pydantic import AwareDatetime, BaseModel
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier

from rules.engine import RuleEngine, texts_of
from schemas.events.transaction import Transaction
from schemas.taxonomy import CATEGORIES
from scorer.features.features import FEATURE_NAMES
from streams.process.batch_types import Record

PATTERNS = 2_500
FEATURES_OF_TEXT = 20_000
_COUNT = len(CATEGORIES)


class Message(BaseModel):
    """A transaction, as a first version would declare it."""

    txn_id: str
    user_id: str
    account_id: str
    occurred_at: AwareDatetime
    amount: Decimal
    currency: str
    description: str
    mcc: str | None = None


class NaivePipeline:
    """Holds what is loaded once: the regexes, the vectoriser with its linear model, and the booster."""

    def __init__(self, engine: RuleEngine, past: Sequence[Transaction], booster_text: str) -> None:
        named = ((text, rule) for rule in engine.rules for clause in texts_of(rule.condition) for text in clause.texts)
        self._patterns = [
            (re.compile(rf"\b{re.escape(text.strip('*'))}\b", re.IGNORECASE), rule.category)
            for text, rule in islice(named, PATTERNS)
        ]
        self._vectoriser = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), max_features=FEATURES_OF_TEXT)
        texts = self._vectoriser.fit_transform([transaction.description for transaction in past])
        self._linear = SGDClassifier(loss="log_loss", max_iter=5, tol=None, random_state=7)
        self._linear.fit(texts, np.arange(len(past)) % _COUNT)  # what it says is not looked at, only what it costs
        self._booster = lightgbm.Booster(model_str=booster_text)

    def run(self, record: Record) -> tuple[bytes, bytes]:
        """Return the two events of one record."""
        message = Message.model_validate_json(record.value or b"")
        rule = next((category for regex, category in self._patterns if regex.search(message.description)), None)
        text = self._linear.predict_proba(self._vectoriser.transform([message.description]))
        row = np.zeros((1, len(FEATURE_NAMES)))
        row[0, :_COUNT] = np.log(np.maximum(text[0], 1e-9))
        row[0, -1] = float(message.amount)
        raw = np.asarray(self._booster.predict(row, num_threads=1))
        best = int(np.argmax(raw))
        event = {
            "event_id": f"{record.partition}-{record.offset}",
            "txn_id": message.txn_id,
            "user_id": message.user_id,
            "category": CATEGORIES[best],
            "confidence": float(raw[0, best]),
            "rules": rule,
            "occurred_at": message.occurred_at.isoformat(),
        }
        return json.dumps(event).encode(), json.dumps({**event, "answers": [rule, CATEGORIES[best]]}).encode()

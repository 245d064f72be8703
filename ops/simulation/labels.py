"""Labels: what people, bookkeeping rules and imports say of a transaction, days later and not always rightly."""

from datetime import datetime, timedelta
from random import Random
from typing import Final

from ops.simulation.merchant_types import CONFUSED
from ops.simulation.rng import pick
from schemas.events.feedback import FEEDBACK_SCHEMA_VERSION, Feedback, FeedbackAction, LabelSource
from schemas.taxonomy import of_default

# Who labels first: a human, else a rule, else an import.
HUMAN_SHARE: Final = 0.18
RULE_SHARE: Final = 0.30
HUMAN_ERROR: Final = 0.02
RULE_ERROR: Final = 0.03
IMPORT_ERROR: Final = 0.02
SECOND_LOOK: Final = 0.06  # of labels that a human looks at again later
DAY_SECONDS: Final = 86_400


def late_labels(
    *, txn_id: str, user_id: str, account_id: str, occurred_at: datetime, truth: str, ledger: str, rng: Random
) -> tuple[Feedback, ...]:
    """Return one label and now and then a human's second look, in order of ``given_at``.

    A human's delay is hours to days, a rule's one to three days, an import's five to twelve. Rules and
    imports follow ``ledger``, so their errors stick to merchants; humans know the truth and slip rarely.
    ``truth`` and ``ledger`` are default categories; what the taxonomy's mapping leaves out gets no label.
    """

    def note(number: int, action: FeedbackAction, said: str, source: LabelSource, delay: int) -> tuple[Feedback, ...]:
        category = of_default(said)
        if category is None:
            return ()
        label = Feedback(
            schema_version=FEEDBACK_SCHEMA_VERSION,
            feedback_id=f"{txn_id}-l{number}",
            txn_id=txn_id,
            user_id=user_id,
            account_id=account_id,
            action=action,
            category=category,
            source=source,
            given_at=occurred_at + timedelta(seconds=delay),
        )
        return (label,)

    at = rng.random()
    if at < HUMAN_SHARE:
        said = _slip(truth, HUMAN_ERROR, rng)
        action = FeedbackAction.CORRECT if rng.random() < 0.4 else FeedbackAction.ACCEPT
        return note(0, action, said, LabelSource.HUMAN, _seconds(rng, 0.02, 4.0))
    if at < HUMAN_SHARE + RULE_SHARE:
        said, source = _slip(ledger, RULE_ERROR, rng), LabelSource.RULE
        delay = _seconds(rng, 1.0, 3.0)
    else:
        said, source = _slip(ledger, IMPORT_ERROR, rng), LabelSource.IMPORT
        delay = _seconds(rng, 5.0, 12.0)
    first = note(0, FeedbackAction.LABEL, said, source, delay)
    # Whoever sees a wrong label is far likelier to say so than to confirm a right one.
    if rng.random() >= (SECOND_LOOK if said == truth else 0.35):
        return first
    # Two default categories may be one of the taxonomy: then there is nothing to correct.
    action = FeedbackAction.ACCEPT if of_default(said) == of_default(truth) else FeedbackAction.CORRECT
    delay += _seconds(rng, 0.1, 18.0)
    return first + note(1, action, truth, LabelSource.HUMAN, delay)


def _slip(category: str, error: float, rng: Random) -> str:
    return pick(CONFUSED[category], rng.random()) if rng.random() < error else category


def _seconds(rng: Random, low_days: float, high_days: float) -> int:
    at = rng.random()
    return int((low_days + (high_days - low_days) * at * at) * DAY_SECONDS)

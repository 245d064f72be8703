"""Synthetic data: the invented past that a first release is made from, before anybody has labelled anything."""

from datetime import datetime, timedelta
from typing import Final

from ops.simulation.simulate import simulate
from schemas.crosswalks.crosswalk import brands
from trainer.dataset.lexicon import read_vocabulary
from trainer.dataset.synthetic import SyntheticRows, make_synthetic_rows

USERS: Final = 60
USERS_BESIDE_REAL: Final = 10
DOCUMENTS_BESIDE_REAL: Final = 3_000
DAYS: Final = 120
SEED: Final = 11


def synthetic_history(*, until: datetime, beside_real: bool) -> SyntheticRows:
    """Return simulated users' transactions of the months before ``until``, and the shipped names and phrases.

    Where real rows stand beside them a part says as much, and is fitted sooner.
    """
    midnight = until.replace(hour=0, minute=0, second=0, microsecond=0)
    users = USERS_BESIDE_REAL if beside_real else USERS
    past = simulate(SEED, users=users, start=midnight - timedelta(days=DAYS), end=midnight, brands=brands())
    known = [(row.transaction, row.category) for row in past if row.category is not None]
    vocabulary, documents = read_vocabulary()
    step = max(1, len(documents) // DOCUMENTS_BESIDE_REAL) if beside_real else 1
    return make_synthetic_rows(
        [transaction for transaction, _ in known],
        [category.value for _, category in known],
        documents[::step],
        vocabulary=vocabulary,
        seed=SEED,
    )

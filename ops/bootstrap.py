"""Bootstrap: the invented past that a first release is made from, before anybody has labelled anything."""

from datetime import datetime, timedelta
from typing import Final

from ops.simulate import simulate
from schemas.crosswalk import brands
from trainer.documents import read_vocabulary
from trainer.invented import invent
from trainer.table import TrainingTable

USERS: Final = 60
DAYS: Final = 120
SEED: Final = 11


def invented_past(*, until: datetime) -> TrainingTable:
    """Return simulated users' transactions of the months before ``until``, and the shipped names and phrases."""
    midnight = until.replace(hour=0, minute=0, second=0, microsecond=0)
    past = list(simulate(SEED, users=USERS, start=midnight - timedelta(days=DAYS), end=midnight, brands=brands()))
    vocabulary, documents = read_vocabulary()
    return invent(
        [row.transaction for row in past],
        [row.category.value for row in past],
        documents,
        vocabulary=vocabulary,
        seed=SEED,
    )

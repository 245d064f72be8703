"""A refitted release: the recipe of the small past, judged, and fitted again on all of its rows."""

import functools

from tests.support.small_dataset import AS_OF, DOCUMENTS, VOCABULARY, folds, provenance, table, trained
from trainer.dataset.folds import known_rows
from trainer.dataset.table import TrainingTable
from trainer.fit.refit import refit, with_refit
from trainer.fit.train import SEED
from trainer.fit.trained import Refitted, Trained
from trainer.release.build import release_files
from trainer.release.refit_guard import check_refit

_AS_OF = int(AS_OF.timestamp())


@functools.cache
def known() -> TrainingTable:
    """Return the rows up to the cut-off."""
    return known_rows(table(), as_of=_AS_OF)


def refitted_on(rows: TrainingTable) -> Refitted:
    """Return the recipe fitted again on some rows."""
    return refit(trained(), folds(), rows, vocabulary=VOCABULARY, documents=DOCUMENTS, as_of=_AS_OF, seed=SEED)


@functools.cache
def refitted() -> Refitted:
    """Return the recipe fitted again on all rows up to the cut-off."""
    return refitted_on(known())


@functools.cache
def trained_and_refitted() -> Trained:
    """Return the judged model with the refitted one beside it."""
    return with_refit(trained(), refitted(), check_refit(trained(), refitted(), known()))


@functools.cache
def refitted_release() -> tuple[str, dict[str, bytes]]:
    """Return the version and the files of the release that serves the refitted model."""
    return release_files(trained_and_refitted(), provenance())

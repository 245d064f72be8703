"""Golden rows are always the same, valid, and of nobody: a release that answers them otherwise is another one."""

import hashlib

from schemas.events.transaction import find_error
from streams.process.codec import encode_event
from trainer.release.golden_rows import golden_transactions

WRITTEN = "6c8dbb80649e5ded"  # of all rows: releases that are stored hold answers to these


def test_the_rows_are_those_that_stored_releases_answered() -> None:
    digest = hashlib.sha256(b"\n".join(map(encode_event, golden_transactions()))).hexdigest()[:16]
    assert digest == WRITTEN


def test_a_worker_would_take_each_of_them() -> None:
    found = golden_transactions()
    assert [one.txn_id for one in found if find_error(one) is not None] == []
    assert len({one.txn_id for one in found}) == len(found)
    assert {one.user_id for one in found} == {"golden"}

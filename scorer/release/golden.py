"""Golden rows: invented transactions with the features and probabilities that a release gave when it was written."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from schemas.events.transaction import Transaction
from schemas.text.descriptor import build_descriptor
from scorer.features.features import numerics
from scorer.model.model import Model
from scorer.monitoring.drift import Rows
from scorer.release.drift_baseline import MIN_WINDOW_ROWS, Reference

TOLERANCE: Final = 1e-5


class GoldenRow(Struct, frozen=True, kw_only=True):
    """One transaction, what normalisation and features made of it, and the answer."""

    transaction: Transaction
    norm_desc: str
    merchant_key: str
    written: str
    numeric: tuple[float, ...]
    probabilities: tuple[float, ...]
    evidence: int  # of the wording, scorer.model.known_words.WordingEvidence


def record(transactions: Sequence[Transaction], model: Model) -> list[GoldenRow]:
    """Return the golden rows of ``transactions`` as ``model`` sees them."""
    descriptors = [build_descriptor(transaction) for transaction in transactions]
    numeric = numerics(transactions, descriptors, mcc=model.vocabulary.mcc)
    raw = model.raw(descriptors, numeric)
    probabilities = model.calibration.apply(raw)
    return [
        GoldenRow(
            transaction=transaction,
            norm_desc=descriptor.norm,
            merchant_key=descriptor.merchant_key,
            written=descriptor.written,
            numeric=tuple(map(float, numbers)),
            probabilities=tuple(round(float(share), 9) for share in shares),
            evidence=int(evidence),
        )
        for transaction, descriptor, numbers, shares, evidence in zip(
            transactions, descriptors, numeric, probabilities, raw.evidence, strict=True
        )
    ]


def find_differences(rows: Sequence[GoldenRow], model: Model) -> list[str]:
    """Return one line for each golden row that the model or its features now answer differently."""
    again = record([row.transaction for row in rows], model)
    found = []
    for number, (then, now) in enumerate(zip(rows, again, strict=True), start=1):
        if (then.norm_desc, then.merchant_key, then.written) != (now.norm_desc, now.merchant_key, now.written):
            found.append(f"golden row {number}: its description is normalised differently now")
        elif len(then.numeric) != len(now.numeric) or not np.allclose(
            then.numeric, now.numeric, rtol=0, atol=TOLERANCE
        ):
            found.append(f"golden row {number}: its features differ now")
        elif then.evidence != now.evidence:
            found.append(f"golden row {number}: what is known of its wording differs now")
        elif len(then.probabilities) != len(now.probabilities):
            found.append(f"golden row {number}: has {len(then.probabilities)} probabilities")
        else:
            gap = float(np.max(np.abs(np.subtract(then.probabilities, now.probabilities))))
            if not gap <= TOLERANCE:
                found.append(f"golden row {number}: a probability differs by {gap:.2g}")
    return found


def find_faults_of_reference(rows: Sequence[GoldenRow], model: Model, reference: Reference) -> list[str]:
    """Return why drift cannot be measured against a reference, tried out on the golden rows; empty where it can."""
    transactions = [row.transaction for row in rows]
    numeric = numerics(transactions, [build_descriptor(one) for one in transactions], mcc=model.vocabulary.mcc)
    observed = Rows(numeric, np.ones(len(rows), dtype=np.bool_), np.zeros(len(rows), dtype=np.int64))
    try:
        window = reference.count(observed)
        enough = {name: counts * MIN_WINDOW_ROWS for name, counts in window.items()}
        measured = reference.drift(enough, days=1.0)
    except Exception as error:
        return [f"reference.json: drift cannot be measured against it ({type(error).__name__})"]
    if not all(np.isfinite(value) and np.isfinite(bar) for value, bar in measured.values()):
        return ["reference.json: drift against it is not finite"]
    return []


def to_bytes(rows: Sequence[GoldenRow]) -> bytes:
    """Return the rows as JSON lines."""
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def from_bytes(content: bytes) -> list[GoldenRow]:
    """Read JSON lines; raises msgspec.MsgspecError (a ValueError) where they are something else."""
    return [msgspec.json.decode(line, type=GoldenRow) for line in content.splitlines() if line.strip()]

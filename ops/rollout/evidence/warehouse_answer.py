"""Warehouse answer: what Postgres adds to a standing; whoever looks without a Postgres imports no client of it."""

from typing import NamedTuple

from scorer.rollout.metrics import Standing


class WarehouseAnswer(NamedTuple):
    """A standing with what the warehouse knows, and what could not be measured, with the reason."""

    standing: Standing
    faults: tuple[str, ...]

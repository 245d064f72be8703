"""Skip reason: why a mapping leaves a record out, without a suggestion and without a dead letter."""

from enum import StrEnum


class SkipReason(StrEnum):
    """The closed list of reasons; a metric has one series for each."""

    PENDING = "pending"  # not booked yet; the booked one follows
    NOT_CARD = "not_card"
    DECLINED = "declined"
    REVERSED = "reversed"
    INTERNAL = "internal"  # between accounts of the same user
    TEST = "test"
    OTHER = "other"

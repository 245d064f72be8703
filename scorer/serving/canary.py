"""Canary assignment: for which users the canary arm's answer is served.

The bucket is a pure function of key and salt, so a replay puts every user into the same arm again, on every worker.
"""

from hashlib import sha256

from schemas.events.suggestion import BUCKETS, Arm


def bucket(key: str, *, salt: str) -> int:
    """Return the bucket of ``key``, from 0 to 9999."""
    digest = sha256(f"{salt}:{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


def assign_arm(bucket: int, *, basis_points: int) -> Arm:
    """Return the arm of a bucket at a share; growing the share moves nobody out of the canary."""
    return Arm.CANARY if bucket < basis_points else Arm.CONTROL

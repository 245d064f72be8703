"""Fencing: why a broker takes nothing of this worker any more; another live worker is named only where there is one."""

import time
from collections.abc import Callable
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from streams.errors import FencedError
from streams.kafka.clients import connection
from streams.settings import KafkaSettings

ANSWER_SECONDS: Final = 3.0
JOIN_SECONDS: Final = 5.0
AGAIN_SECONDS: Final = 0.5
STOPS: Final = "this one stops, and its parent starts it again"


def another_lives(kafka: KafkaSettings, *, group: str, name: str, member_id: str) -> bool | None:
    """Whether the group has a member of this name that is not ``member_id``; None where the broker does not say.

    Another worker fences this one first and joins the group a moment later: it is waited for.
    """
    admin = AdminClient(connection(kafka))  # type: ignore[arg-type]  # knows no callbacks
    deadline = time.monotonic() + JOIN_SECONDS
    while True:
        try:
            asked = admin.describe_consumer_groups([group], request_timeout=ANSWER_SECONDS)
            members = asked[group].result(ANSWER_SECONDS).members
        except (KafkaException, TimeoutError):
            return None
        if any(member.group_instance_id == name and member.member_id != member_id for member in members):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(AGAIN_SECONDS)


def explained(error: BaseException, another: Callable[[], bool | None]) -> BaseException:
    """Return the error with what is known of its cause; any but a FencedError as it is."""
    if not isinstance(error, FencedError):
        return error
    lives = another()
    if lives:
        return FencedError(
            f"another live worker has this worker's name; {STOPS} (give each worker its own LEDGERMIND_WORKER_NAME)"
        )
    if lives is None:
        return error
    return FencedError(
        "the broker has ended this worker's transaction or membership: a transaction outlived its timeout, rights were "
        f"lost for a while, or the broker was restarted; no other worker of this name is in the group; {STOPS} (where "
        "one is only starting, give each worker its own LEDGERMIND_WORKER_NAME)"
    )

"""Settings: whom the console asks, and where it listens."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scorer.rollout.policy import Policy
from streams.settings import KafkaSettings

PORT: Final = 6090
DEADLINE_SECONDS: Final = 2.5  # for each source; a page is whole within three seconds
LOOK_SECONDS: Final = 3.0  # between two looks at workers, alerts and freshness
EVALUATE_SECONDS: Final = 15.0
READ_ONLY: Final = "-c default_transaction_read_only=on"  # options of every session in Postgres


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """Sources of the console; what was not named is not asked, and the page says so."""

    kafka: KafkaSettings
    registry: str
    policy: Policy
    workers: tuple[str, ...] = ()
    prometheus: str | None = None
    freshness: str | None = None
    dsn: str | None = None
    rules_file: Path | None = None  # the workers'; None for the default rules
    host: str = "127.0.0.1"
    allowed_hosts: tuple[str, ...] = ()  # names that requests may ask for; none stands for those that host implies
    port: int = PORT

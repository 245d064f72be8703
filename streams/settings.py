"""Settings: what the stream programs read from the environment, once, at start."""

import socket
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, FilePath, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.contracts.topics import NAMES
from schemas.environment import unknown_variables
from scorer.release.settings import DEFAULT_REGISTRY
from streams.errors import SettingsError

S = TypeVar("S", bound=BaseSettings)


class KafkaSettings(BaseSettings):
    """Where Kafka is and how to speak to it; every client is configured from here."""

    model_config = SettingsConfigDict(env_prefix="LEDGERMIND_KAFKA_", frozen=True)

    bootstrap_servers: str = "127.0.0.1:9092"
    security_protocol: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = "plaintext"
    ca_file: FilePath | None = None
    certificate_file: FilePath | None = None
    key_file: FilePath | None = None
    sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256"] = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None


class WorkerSettings(BaseSettings):
    """One scoring worker."""

    model_config = SettingsConfigDict(env_prefix="LEDGERMIND_WORKER_", frozen=True)

    name: str = Field(default_factory=lambda: f"{socket.gethostname()}-0", min_length=1, max_length=200)
    group: str = Field(default_factory=lambda: f"{NAMES.prefix}ledgermind-worker")
    batch_records: Annotated[int, Field(ge=1, le=10_000)] = 1_000
    batch_bytes: Annotated[int, Field(ge=65_536, le=1 << 30)] = 4 << 20
    transaction_records: Annotated[int, Field(ge=1, le=100_000)] = 5_000
    batch_wait_ms: Annotated[int, Field(ge=1, le=1_000)] = 5
    in_flight_bytes: Annotated[int, Field(ge=65_536, le=1 << 30)] = 8 << 20
    client_buffer_bytes: Annotated[int, Field(ge=1 << 20, le=1 << 30)] = 8 << 20
    fetch_max_bytes: Annotated[int, Field(ge=1_024, le=50 << 20)] = 16 << 10
    session_timeout_ms: Annotated[int, Field(ge=1_000, le=300_000)] = 30_000
    max_poll_interval_ms: Annotated[int, Field(ge=6_000, le=3_600_000)] = 120_000
    leave_on_stop: bool = True
    transaction_timeout_ms: Annotated[int, Field(ge=1_000, le=900_000)] = 30_000
    model_timeout_ms: Annotated[int, Field(ge=1, le=60_000)] = 250
    dead_letter_run: Annotated[int, Field(ge=0)] = 2_000  # 0: no limit
    dead_letter_ratio: Annotated[float, Field(ge=0, le=1)] = 0.5  # 0: no limit
    dead_letter_window: Annotated[int, Field(ge=10, le=10_000_000)] = 10_000
    stuck_seconds: Annotated[float, Field(ge=1, le=3_600)] = 60.0
    read_answered: bool = False  # a group without positions reads from the first record, answered or not
    max_hints: Annotated[int, Field(ge=1)] = 1_000_000  # of all users; 0.25 KB of memory each
    rules_file: Path | None = None
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)] = 6066
    supervisor_port: Annotated[int, Field(ge=0, le=65_535)] = 6065
    failpoints: str = ""
    failpoint_seed: int = 0
    model_delay_file: Path | None = None  # a failpoint: while the file exists, each model call waits that many ms


class LogSettings(BaseSettings):
    """How much a stream program says: at debug every batch, from poll to commit."""

    model_config = SettingsConfigDict(env_prefix="LEDGERMIND_LOG_", frozen=True)

    level: Literal["debug", "info", "warning", "error"] = "info"


class RegistrySettings(BaseSettings):
    """Where releases lie."""

    model_config = SettingsConfigDict(env_prefix="LEDGERMIND_", frozen=True)

    registry: str = DEFAULT_REGISTRY


class SuggestSettings(BaseSettings):
    """What the first rollout record says, where there is none yet."""

    model_config = SettingsConfigDict(env_prefix="SUGGEST_", frozen=True)

    use_model_canary: str = "0"
    enable_shadow: bool = True
    thresholds_json: str = ""
    canary_salt: Annotated[str, Field(min_length=1, max_length=64)] = "ledgermind"


def read(settings: type[S]) -> S:
    """Read one program's settings; raises SettingsError with one line per fault."""
    faults = unknown_variables() + list(NAMES.faults)
    try:
        values = settings()
    except ValidationError as error:
        prefix = str(settings.model_config.get("env_prefix", ""))
        for fault in error.errors(include_url=False, include_input=False):
            name = prefix + "_".join(str(part) for part in fault["loc"]).upper()
            faults.append(f"{name}: {fault['msg'].lower()}")
    if faults:
        raise SettingsError("; ".join(faults))
    return values

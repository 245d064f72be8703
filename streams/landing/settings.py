"""Landing settings: what the landing program reads from the environment, once, at start."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.contracts.topics import NAMES


class LandingSettings(BaseSettings):
    """One landing process; it shares ``LEDGERMIND_POSTGRES_DSN`` with every program that speaks to Postgres."""

    model_config = SettingsConfigDict(env_prefix="LEDGERMIND_LANDING_", frozen=True, populate_by_name=True)

    postgres_dsn: SecretStr = Field(
        SecretStr("postgresql://127.0.0.1:5432/ledgermind"), validation_alias="LEDGERMIND_POSTGRES_DSN"
    )
    group: str = Field(default_factory=lambda: f"{NAMES.prefix}ledgermind-landing", min_length=1)
    batch_records: Annotated[int, Field(ge=1, le=100_000)] = 5_000
    batch_bytes: Annotated[int, Field(ge=65_536, le=1 << 30)] = 4 << 20
    batch_wait_ms: Annotated[int, Field(ge=1, le=10_000)] = 200
    client_buffer_bytes: Annotated[int, Field(ge=1 << 20, le=1 << 30)] = 8 << 20
    fetch_max_bytes: Annotated[int, Field(ge=1_024, le=50 << 20)] = 16 << 10
    session_timeout_ms: Annotated[int, Field(ge=1_000, le=300_000)] = 30_000
    postgres_timeout_seconds: Annotated[float, Field(ge=1, le=240)] = 60.0
    reject_limit: Annotated[int, Field(ge=0, le=1_000_000)] = 100
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)] = 6060
    supervisor_port: Annotated[int, Field(ge=0, le=65_535)] = 6061

"""Demo settings: how long, how fast, on which broker, with whose transactions."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class DemoSettings(BaseSettings):
    """Read from DEMO_SECONDS, DEMO_RATE, DEMO_CSV, DEMO_MAP, DEMO_IMPORT, DEMO_CATEGORY_MAP, DEMO_SEED, BROKER and
    ML_DEPLOY_GATE.

    ``rate`` (transactions a second) is for simulated ones; a CSV's later part is spread over ``seconds``. The maps are
    written as ``ledgermind import`` takes them; ``reading`` holds more of its options, ``--date-format day-first``.
    """

    model_config = SettingsConfigDict(frozen=True, populate_by_name=True)

    seconds: Annotated[float, Field(ge=10, le=86_400)] = Field(default=120.0, validation_alias="DEMO_SECONDS")
    rate: Annotated[float, Field(gt=0, le=100_000)] = Field(default=300.0, validation_alias="DEMO_RATE")
    csv: Path | None = Field(default=None, validation_alias="DEMO_CSV")
    columns: str = Field(default="", validation_alias="DEMO_MAP")
    reading: str = Field(default="", validation_alias="DEMO_IMPORT")
    categories: str = Field(default="", validation_alias="DEMO_CATEGORY_MAP")
    seed: int = Field(default=7, validation_alias="DEMO_SEED")
    broker: str = Field(default="embedded", validation_alias="BROKER")
    gate: str = Field(default="strict", pattern="^(strict|mute)$", validation_alias="ML_DEPLOY_GATE")

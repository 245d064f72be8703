"""Settings: what the trainer reads from the environment, once, at start."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from scorer.release.settings import DEFAULT_REGISTRY
from trainer.evaluation.gate_mode import GateMode


class TrainerSettings(BaseSettings):
    """One training, features job or look at the registry."""

    model_config = SettingsConfigDict(frozen=True, populate_by_name=True)

    deploy_gate: GateMode = Field(GateMode.STRICT, validation_alias="ML_DEPLOY_GATE")
    registry: str = Field(DEFAULT_REGISTRY, validation_alias="LEDGERMIND_REGISTRY")
    postgres_dsn: SecretStr = Field(
        SecretStr("postgresql://127.0.0.1:5432/ledgermind"), validation_alias="LEDGERMIND_POSTGRES_DSN"
    )

"""Schema registry settings: where it is and how to speak to it, from the environment, once, at start."""

from pydantic import FilePath, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class SchemaRegistrySettings(BaseSettings):
    """A registry that speaks Confluent's API, as Karapace, Redpanda and, under a path of its own, Apicurio do."""

    model_config = SettingsConfigDict(env_prefix="LEDGERMIND_SCHEMA_REGISTRY_", frozen=True)

    url: str = ""
    username: str = ""
    password: SecretStr = SecretStr("")
    ca_file: FilePath | None = None

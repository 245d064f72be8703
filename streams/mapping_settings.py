"""Mapping settings: which mapping worker and landing read their input by, both from one variable, once, at start."""

import structlog
from pydantic_settings import BaseSettings, SettingsConfigDict

from streams.process.input_mapping.load import load_mapping
from streams.process.input_mapping.record_mapping import RecordMapping
from streams.settings import read

log = structlog.get_logger(__name__)


class MappingSettings(BaseSettings):
    """How records of ``transactions`` are read: as Transactions, or by a mapping that is shipped or a file."""

    model_config = SettingsConfigDict(env_prefix="LEDGERMIND_", frozen=True)

    mapping: str = ""


def read_mapping() -> RecordMapping | None:
    """Return the mapping that the environment names, None where it names none; raises SettingsError."""
    name = read(MappingSettings).mapping
    if not name:
        return None
    mapping = load_mapping(name)
    log.info("mapping_loaded", mapping=mapping.version)
    return mapping

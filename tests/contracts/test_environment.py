"""The environment: what is documented, what is known and what is read are the same."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from ops.demo.settings import DemoSettings
from ops.monitoring.alert_settings import AlertSettings
from ops.monitoring.grafana_import import GrafanaSettings
from schemas.environment import VARIABLES
from streams.format_settings import FormatSettings
from streams.landing.settings import LandingSettings
from streams.mapping_settings import MappingSettings
from streams.schema_registry.settings import SchemaRegistrySettings
from streams.settings import KafkaSettings, LogSettings, RegistrySettings, SuggestSettings, WorkerSettings
from tests.conftest import ROOT, Run
from trainer.settings import TrainerSettings

EXAMPLE = ROOT / ".env.example"
PROFILE = ROOT / "warehouse" / "profiles.yml"
LINE = re.compile(r"^(#?)([A-Z_]+)=(.*)$", re.MULTILINE)
CODE = ("schemas", "rules", "scorer", "streams", "trainer", "ops")
PROGRAMS = (
    KafkaSettings,
    WorkerSettings,
    RegistrySettings,
    MappingSettings,
    FormatSettings,
    SchemaRegistrySettings,
    SuggestSettings,
    LandingSettings,
    LogSettings,
    TrainerSettings,
    DemoSettings,
    AlertSettings,
    GrafanaSettings,
)


def read_by(settings: type[BaseSettings]) -> dict[str, str]:
    """Return each variable that a class reads, with its default as one would write it."""
    found = {}
    for name, field in settings.model_fields.items():
        variable = str(field.validation_alias or f"{settings.model_config.get('env_prefix', '')}{name}".upper())
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        known = default is not None and default is not PydanticUndefined
        found[variable] = str(default).lower() if isinstance(default, bool) else str(default) if known else ""
    return found


def read_elsewhere() -> set[str]:
    """Return the variables that are read outside of the settings: by the code itself, dbt's profile and compose."""
    code = "\n".join(path.read_text() for package in CODE for path in (ROOT / package).rglob("*.py"))
    return {
        *re.findall(r'os\.environ(?:\.get\(|\[)"([A-Z_]+)"', code),
        *re.findall(r"env_var\('([A-Z_]+)'", PROFILE.read_text()),
        *re.findall(r"\$\{([A-Z_]+)[:}]", (ROOT / "docker-compose.yml").read_text()),
    }


def test_the_example_names_every_variable_once_and_no_other() -> None:
    named = [name for _, name, _ in LINE.findall(EXAMPLE.read_text())]
    by_settings = {name for settings in PROGRAMS for name in read_by(settings)}
    assert sorted(named) == sorted(VARIABLES | by_settings | read_elsewhere())


def test_a_variable_of_the_profile_has_the_default_of_the_example() -> None:
    example = {name: value for _, name, value in LINE.findall(EXAMPLE.read_text())}
    profile = dict(re.findall(r"env_var\('([A-Z_]+)', '([^']*)'\)", PROFILE.read_text()))
    assert profile == {name: example[name] for name in profile}
    assert profile


@pytest.mark.parametrize("settings", PROGRAMS, ids=lambda settings: settings.__name__)
def test_what_a_program_reads_is_known_and_its_default_is_the_one_of_the_example(settings: type[BaseSettings]) -> None:
    example = {name: value for _, name, value in LINE.findall(EXAMPLE.read_text())}
    reads = read_by(settings)
    assert reads == {name: example.get(name, f"{name} is not in the example") for name in reads}


def test_what_is_commented_out_has_no_default() -> None:
    assert [name for mark, name, value in LINE.findall(EXAMPLE.read_text()) if bool(mark) == bool(value)] == []


def test_every_known_variable_is_read_by_somebody() -> None:
    by_settings = {name for settings in PROGRAMS for name in read_by(settings)}
    code = "\n".join(path.read_text() for package in CODE for path in (ROOT / package).rglob("*.py") if known(path))
    tests = (ROOT / "tests" / "benchmarks" / "traffic.py").read_text()
    assert [name for name in sorted(VARIABLES - by_settings) if f'"{name}"' not in code + tests] == []


def known(path: Path) -> bool:
    """Whether a file is anything but the list itself."""
    return path != ROOT / "schemas" / "environment.py"


@pytest.mark.parametrize("command", ["worker", "landing"])
def test_a_misspelt_variable_stops_a_start_and_the_line_names_the_right_one(ledgermind: Run, command: str) -> None:
    answer = ledgermind(command, LEDGERMIND_KAFKA_BOOTSTRAP_SERVER="127.0.0.1:1")
    assert answer.returncode == 2
    (line,) = answer.stderr.splitlines()
    assert "did you mean LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS?" in line

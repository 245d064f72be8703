"""Worker: starts one scoring worker; the only module whose import has an effect, because Faust finds ``app`` here."""

import streams.start  # noqa: F401 - before what it guards

# isort: split
import sys
from typing import Final

from rules.errors import RulesError
from streams.errors import SettingsError, StreamError
from streams.format_settings import read_formats
from streams.log import configure
from streams.rollout.change import parse_percent
from streams.rollout.overrides import first_overrides
from streams.rollout.release_model import Releases
from streams.settings import KafkaSettings, LogSettings, RegistrySettings, SuggestSettings, WorkerSettings, read
from streams.worker.faust_app import create_app

BAD_RULES_EXIT_CODE: Final = SettingsError.exit_code  # a restart mends a rules file as little as it mends a setting


def read_suggest() -> SuggestSettings:
    """Read what the first rollout record says; nonsense is refused before anything connects."""
    suggest = read(SuggestSettings)
    try:
        parse_percent(suggest.use_model_canary)
    except SettingsError as error:
        raise SettingsError(f"SUGGEST_USE_MODEL_CANARY: {error}") from error
    first_overrides(suggest)
    return suggest


try:
    _worker, _suggest = read(WorkerSettings), read_suggest()
    configure(program="worker", worker=_worker.name, level=read(LogSettings).level)
    app = create_app(
        kafka=read(KafkaSettings),
        worker=_worker,
        suggest=_suggest,
        releases=Releases(read(RegistrySettings), delay_file=_worker.model_delay_file),
        formats=read_formats(),
    )
except (StreamError, RulesError) as error:
    sys.stderr.write(f"ledgermind worker: {' '.join(str(error).split())}\n")
    sys.exit(error.exit_code if isinstance(error, StreamError) else BAD_RULES_EXIT_CODE)


def main() -> None:
    """Run the worker until it is told to stop."""
    sys.argv = [sys.argv[0], "--quiet", "worker", "--loglevel", "warn"]
    app.main()


if __name__ == "__main__":
    main()

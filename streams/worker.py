"""Worker: starts one scoring worker; the only module whose import has an effect, because Faust finds ``app`` here."""

import sys

from rules.errors import RulesError
from streams.app import create_app
from streams.errors import StreamError
from streams.log import configure
from streams.releases import load_model, newest_release
from streams.settings import KafkaSettings, SuggestSettings, WorkerSettings, read

try:
    _worker = read(WorkerSettings)
    configure(program="worker", worker=_worker.name)
    app = create_app(
        kafka=read(KafkaSettings),
        worker=_worker,
        suggest=read(SuggestSettings),
        load_model=load_model,
        newest_release=newest_release,
    )
except (StreamError, RulesError) as error:
    sys.exit(f"ledgermind worker: {error}")


def main() -> None:
    """Run the worker until it is told to stop."""
    sys.argv = [sys.argv[0], "--quiet", "worker", "--loglevel", "warn"]
    app.main()


if __name__ == "__main__":
    main()

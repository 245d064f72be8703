"""Running: which of our programs run now, and which of them start and stop together."""

from collections.abc import Mapping
from pathlib import Path

from ops.local.supervisor import Child, Supervisor
from ops.up import programs
from ops.up.addresses import Addresses
from ops.up.options import Options


class RunningPrograms:
    """The children of a supervisor, by what they do; ``broker`` is its kind."""

    def __init__(
        self,
        supervisor: Supervisor,
        options: Options,
        addresses: Addresses,
        environment: Mapping[str, str],
        *,
        folder: Path,
        broker: str,
    ) -> None:
        self._supervisor = supervisor
        self._options = options
        self._addresses = addresses
        self._environment = environment
        self._folder = folder
        self._logs = Path(addresses.logs)
        self._broker = broker
        self._feed: Child | None = None
        self._judge: Child | None = None
        self._console: Child | None = None
        self._scoring: list[Child] = []
        self._has_published = False

    @property
    def has_feed(self) -> bool:
        """Whether something publishes transactions, or did."""
        return self._feed is not None

    @property
    def is_feeding_a_file(self) -> bool:
        """Whether a file is published that has not come to its end."""
        return self._options.file is not None and self._feed is not None and not self._feed.is_done

    def start_console(self) -> None:
        """Start the page that shows everything."""
        self._console = programs.console(self._addresses, self._environment, self._logs)
        self._supervisor.children.append(self._console)
        self._supervisor.turn()

    def start_scoring(self) -> None:
        """Start what reads the topics: workers and landing."""
        self._scoring = programs.scoring(self._addresses, self._environment, self._logs, broker=self._broker)
        self._supervisor.children.extend(self._scoring)

    def start_feed(self) -> None:
        """Start what publishes: a simulation each time, a file only once."""
        options = self._options
        if options.rate is not None:
            self._feed = programs.simulation(options.rate, self._environment, self._logs)
        elif options.file is not None and not self._has_published:
            self._feed = programs.file_feed(options.file, options.file_words, self._environment, self._logs)
        if self._feed is not None:
            self._supervisor.children.append(self._feed)
        self._has_published = True
        self._supervisor.turn()

    def start_training(self) -> Child:
        """Start the training of a first release, and return it."""
        training = programs.bootstrap(self._environment, self._logs)
        self._supervisor.children.append(training)
        return training

    def start_watching(self) -> None:
        """Start judge, exporter and the builds of the warehouse."""
        watching = programs.watching(self._addresses, self._environment, self._logs, dbt=self._folder / "dbt")
        self._judge = next(child for child in watching if child.name == "judge")
        self._supervisor.children.extend(watching)

    def stop_feed(self) -> None:
        """Stop what publishes."""
        self._stop(self._feed)

    def stop_clients(self) -> None:
        """Stop every client of the broker."""
        self._stop(self._feed, self._judge, self._console, *self._scoring)
        self._feed = None

    def resume_clients(self) -> None:
        """Have those started again that are neither feed nor scoring."""
        self._supervisor.children.extend(child for child in (self._judge, self._console) if child is not None)

    def stop_sources(self) -> None:
        """Stop everything but the landing."""
        landing = self._scoring[-1:]
        self._stop(*(child for child in self._supervisor.children if child not in landing))

    def stop_landing(self) -> None:
        """Stop what lands."""
        self._stop(*self._scoring[-1:])

    def _stop(self, *children: Child | None) -> None:
        """Stop children and forget them."""
        stopping = [child for child in children if child is not None]
        self._supervisor.stop(stopping)
        for child in stopping:
            child.process = None
        self._supervisor.children = [child for child in self._supervisor.children if child not in stopping]

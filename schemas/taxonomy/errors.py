"""Errors of the taxonomy: what is wrong with a file, all of it, in lines that say what to do."""

from collections.abc import Iterable


class TaxonomyError(ValueError):
    """A taxonomy file cannot be used; its text is one line, ``faults`` has a line for each fault."""

    exit_code = 2

    def __init__(self, file: str, faults: Iterable[str]) -> None:
        self.file = file
        self.faults = tuple(faults)
        more = len(self.faults) - 1
        rest = f" (and {more} more: ledgermind taxonomy check lists them)" if more else ""
        super().__init__(f"{file}: {self.faults[0]}{rest}")
